/**
 * Asks a host for its facts with as few processes as possible: files are printed whole and read by parse-facts.ts.
 * Sections begin with a line `## name`.
 */
export const factsScript = `km_section() { echo; echo "## $1"; }
km_section os; cat /etc/os-release 2>/dev/null
km_section uname; uname -s -r -m -n
km_section hostname; cat /proc/sys/kernel/hostname 2>/dev/null
km_section hosts; cat /etc/hosts 2>/dev/null
km_section machine; cat /etc/machine-id 2>/dev/null
km_section cpus; nproc 2>/dev/null
km_section memory; head -n 8 /proc/meminfo 2>/dev/null
km_section disk; df -Pk / /var/lib 2>/dev/null
km_section address; ip -o addr show 2>/dev/null || hostname -I 2>/dev/null
km_section route; cat /proc/net/route 2>/dev/null
km_section init; cat /proc/1/comm 2>/dev/null; [ -d /run/systemd/system ] && echo systemd-booted
km_section cgroup; stat -f -c %T /sys/fs/cgroup 2>/dev/null
km_section time; date +%s; cat /proc/sys/kernel/random/boot_id 2>/dev/null
km_section user; id -un; id -u; echo "$HOME"
km_section sudo; if [ "$(id -u)" = 0 ]; then echo root; elif command -v sudo >/dev/null 2>&1; then sudo -n true 2>/dev/null && echo yes || echo password; else echo none; fi
km_section docker; if command -v docker >/dev/null 2>&1; then docker version --format '{{.Server.Version}} {{.Server.APIVersion}}' 2>&1; docker info --format '{{.CgroupVersion}} {{.CgroupDriver}}' 2>/dev/null; else echo missing; fi; :
`
