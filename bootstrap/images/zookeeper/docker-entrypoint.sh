#!/bin/sh
# Reads the same variables as the entrypoint of the official `zookeeper` image, and writes the same two files where they
# are missing: /conf/zoo.cfg and /data/myid. Runs as the user zookeeper; started as root it hands the folders over first.
set -eu

conf=${ZOO_CONF_DIR:-/conf}
data=${ZOO_DATA_DIR:-/data}
datalog=${ZOO_DATA_LOG_DIR:-/datalog}

if [ "$(id -u)" = 0 ] && [ "$*" = "zkServer.sh start-foreground" ]; then
  mkdir -p "$conf" "$data" "$datalog"
  chown -R zookeeper: "$conf" "$data" "$datalog"
  exec setpriv --reuid zookeeper --regid zookeeper --clear-groups "$0" "$@"
fi

if [ ! -f "$conf/zoo.cfg" ]; then
  {
    echo "dataDir=$data"
    echo "dataLogDir=$datalog"
    echo "tickTime=${ZOO_TICK_TIME:-2000}"
    echo "initLimit=${ZOO_INIT_LIMIT:-5}"
    echo "syncLimit=${ZOO_SYNC_LIMIT:-2}"
    echo "autopurge.snapRetainCount=${ZOO_AUTOPURGE_SNAPRETAINCOUNT:-3}"
    echo "autopurge.purgeInterval=${ZOO_AUTOPURGE_PURGEINTERVAL:-0}"
    echo "maxClientCnxns=${ZOO_MAX_CLIENT_CNXNS:-60}"
    echo "standaloneEnabled=${ZOO_STANDALONE_ENABLED:-true}"
    echo "admin.enableServer=${ZOO_ADMINSERVER_ENABLED:-true}"
    [ -z "${ZOO_4LW_COMMANDS_WHITELIST:-}" ] || echo "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"
    for line in ${ZOO_CFG_EXTRA:-}; do echo "$line"; done
    for server in ${ZOO_SERVERS:-server.1=localhost:2888:3888;2181}; do echo "$server"; done
  } > "$conf/zoo.cfg.new"
  mv "$conf/zoo.cfg.new" "$conf/zoo.cfg"
fi
[ -f "$data/myid" ] || echo "${ZOO_MY_ID:-1}" > "$data/myid"

[ "$*" = "zkServer.sh start-foreground" ] || exec "$@"
# The heap is small: kmesos' tree takes a few megabytes. ZK_SERVER_HEAP is in megabytes, as in zkServer.sh.
# Variables hold several words on purpose.
# shellcheck disable=SC2086
exec java -Xms16m -Xmx"${ZK_SERVER_HEAP:-64}"m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${JVMFLAGS:-} ${SERVER_JVMFLAGS:-} \
  -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar \
  org.apache.zookeeper.server.quorum.QuorumPeerMain "$conf/zoo.cfg"
