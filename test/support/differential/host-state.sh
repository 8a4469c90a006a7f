# host-state PROBE...: prints what a playbook can change on a host, one fact a line: KIND<tab>NAME<tab>VALUE.
# What is left out differs by nature; README.md of test/differential says why.
roots=
for root in /etc /root /home /opt /srv /data /mnt /media /usr/local /var/lib/case /var/www /var/spool /tmp/case; do
  if [ -d "$root" ]; then roots="$roots $root"; fi
done
left='^(/etc/(passwd|shadow|group|gshadow|subuid|subgid)-?|/etc/(\.pwd\.lock|machine-id|mtab|resolv\.conf|ld\.so\.cache)'
left="$left"'|/root/\.(ansible|cache|bash_history)|/home/[^/]*/\.(ansible|cache)|.*/__pycache__)$'
find $roots -regextype posix-extended -regex "$left" -prune -o \( \
  -type d -printf 'folder\t%p\t%m %u %g\n' -o \
  -type l -printf 'link\t%p\t%u %g -> %l\n' -o \
  -type f -links +1 -printf 'file\t%p\t%m %u %g links=%n\ninode\t%p\t%i\n' -o \
  -type f -printf 'file\t%p\t%m %u %g\n' -o \
  -printf 'special\t%p\t%y %m %u %g\n' \)
find $roots -regextype posix-extended -regex "$left" -prune -o -type f -print0 |
  xargs -0 -r sha256sum | sed -E 's/^\\?([0-9a-f]{64})  (.*)$/content\t\2\t\1/'
for table in passwd shadow group gshadow; do sed -E "s/^([^:]*):/$table\t\1\t/" "/etc/$table"; done
dpkg-query -W -f 'package\t${Package}\t${db:Status-Abbrev} ${Version}\n'
apt-mark showhold 2>/dev/null | sed 's/^/hold\t/; s/$/\ton/'
awk '$2 ~ "^/(mnt|media|srv|data|opt|home|var/lib/case)" { gsub(/,[a-z]+=[^,]*\/[^,]*/, "", $4); print "mount\t" $2 "\t" $1 " " $3 " " $4 }' /proc/mounts
if [ -d /run/systemd/system ]; then
  kinds=service,timer,socket,path,mount
  systemctl list-unit-files --no-legend --no-pager --type=$kinds | awk '{ print "enabled\t" $1 "\t" $2 }'
  systemctl list-units --all --plain --no-legend --no-pager --type=$kinds | awk '$2 != "not-found" { print "active\t" $1 "\t" $3 }'
fi
for probe; do
  printf 'probe\t%s\t' "$probe"
  sh -c "$probe" 2>&1 | tr '\n\t' '| '
  echo
done
if [ -S /run/docker.sock ]; then
  docker image ls --no-trunc --format 'image{{"\t"}}{{.Repository}}:{{.Tag}}{{"\t"}}{{.ID}}'
  for volume in $(docker volume ls -q); do
    docker volume inspect -f 'volume{{"\t"}}{{.Name}}{{"\t"}}{{.Driver}} {{json .Labels}} {{json .Options}}' "$volume"
  done
  docker network ls --format 'network{{"\t"}}{{.Name}}{{"\t"}}{{.Driver}} {{.Scope}}'
  for container in $(docker ps -aq); do
    docker inspect -f 'container{{"\t"}}{{.Name}}{{"\t"}}{{json .}}' "$container"
  done
fi
