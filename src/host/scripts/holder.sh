# Owns our user and mount namespaces and starts the engine when a line comes through the FIFO. Run by launch.ts inside new namespaces,
# or inside the present ones when an earlier holder died: what is there is kept, what is missing is made.
# Takes everything from its environment: PD_RUN PD_DATA PD_STATE PD_BOOT PD_SCRIPTS PD_ENGINE (shell words) PD_BRIDGE PD_CIDR …
# Every child gets 3>&- 9>&-: one that inherited the lock would keep it after our death.
set -u
umask 077
cd /
fifo=$PD_RUN/wake
log=$PD_STATE/engine.log
. "$PD_SCRIPTS/network.sh"

fail() {
  echo "holder: $*" >&2
  exit 1
}

directories() {
  [ -d "$PD_RUN/net/ports" ] && [ -d "$PD_STATE" ] ||
    mkdir -p "$PD_RUN/exits" "$PD_RUN/s" "$PD_RUN/t" "$PD_RUN/ro" "$PD_RUN/netns" "$PD_RUN/net/hosts" "$PD_RUN/net/ports" \
      "$PD_RUN/images" "$PD_STATE" || fail "cannot make directories in $PD_RUN"
  [ -O "$PD_RUN" ] || fail "$PD_RUN belongs to somebody else"
}

open_fifo() {
  if [ ! -p "$fifo" ]; then
    [ ! -e "$fifo" ] || rm -f "$fifo"
    mkfifo "$fifo" || fail "cannot make $fifo"
  fi
  exec 3<>"$fifo"
}

memory() {
  mount -n -i -t tmpfs -o mode=0700 podstead "$PD_RUN/t" && mkdir "$PD_RUN/t/crun" "$PD_RUN/t/c" "$PD_RUN/t/v" "$PD_RUN/t/m"
}

# crun refuses hybrid cgroups, and copies itself at each start unless it lies on a read-only mount
runtime() {
  if [ -e /sys/fs/cgroup/unified/cgroup.procs ] && [ ! -e /sys/fs/cgroup/cgroup.procs ]; then
    mount -n --bind /sys/fs/cgroup/unified /sys/fs/cgroup || return 1
  fi
  crun=$(command -v crun) || return 0
  [ ! -h "$PD_RUN/ro/crun" ] || rm -f "$PD_RUN/ro/crun"
  : >"$PD_RUN/ro/crun"
  mount -n -o bind,ro "$crun" "$PD_RUN/ro/crun" 2>/dev/null || { rm -f "$PD_RUN/ro/crun" && ln -s "$crun" "$PD_RUN/ro/crun"; }
}

# A cgroup that is delegated to us may hold processes only in its leaves
leaf() {
  while IFS=: read -r number _ group; do
    [ "$number" = 0 ] || continue
    mkdir "/sys/fs/cgroup$group/supervise" 2>/dev/null && echo $$ >"/sys/fs/cgroup$group/supervise/cgroup.procs" 2>/dev/null &&
      echo "$group" >"$PD_RUN/t/m/cgroup"
  done </proc/self/cgroup
}

# Side by side, for machines have several cores. The marks lie in the tmpfs and so live as long as the namespaces.
set_up() {
  if [ -e "$PD_RUN/t/m/ready" ]; then
    read -r PD_BRIDGE PD_CIDR <"$PD_RUN/t/m/ready"
    return
  fi
  [ -z "${PD_SLAVE:-}" ] || mount --make-rslave / || fail 'no mount may be made in this user namespace'
  memory 3>&- 9>&- &
  first=$!
  runtime 3>&- 9>&- &
  second=$!
  net_make 3>&- 9>&- || fail 'cannot make the network of the pods'
  wait $first && wait $second || fail 'cannot mount in a user namespace'
  echo "$PD_BRIDGE $PD_CIDR" >"$PD_RUN/t/m/ready"
}

# What finds us again when we are dead: the numbers of our namespaces
record() {
  ns=$(readlink /proc/self/ns/user /proc/self/ns/mnt) || return
  user=${ns%%]*} mnt=${ns##*[}
  printf '{"bootId":"%s","run":%s,"userNs":"%s","mntNs":"%s"}\n' "$PD_BOOT" "$PD_RUN_JSON" "${user#*[}" "${mnt%]}" >"$PD_DATA/host.json.new" &&
    mv "$PD_DATA/host.json.new" "$PD_DATA/host.json"
}

# A wake-up call in $1 seconds
timer() {
  before=${!:-}
  (
    trap '[ "${!:-}" = "$before" ] || kill $!; exit' TERM
    sleep "$1" &
    wait $! && [ -p "$fifo" ] && echo timer 1<>"$fifo"
    # we may have died before it was due
    lives "$PD_RUN/holder.pid" || { [ -r "$PD_RUN/holder.env" ] && exec setsid "$PD_SH" "$PD_SCRIPTS/holder.sh"; }
  ) </dev/null >/dev/null 2>&1 3>&- 9>&- &
  { read -r stat <"/proc/$!/stat"; } 2>/dev/null || return 0
  set -- ${stat##*) }
  echo "$! ${20}" >"$PD_RUN/timer.pid"
}

stop_timer() {
  lives "$PD_RUN/timer.pid" && kill "$pid" 2>/dev/null
  true >"$PD_RUN/timer.pid"
}

seconds() {
  read -r now _ </proc/uptime
  now=${now%.*}
}

# COMMAND...: the engine, run by it
start_engine() {
  eval "$1 $PD_ENGINE </dev/null >>\"\$log\" 2>&1 3>&- 9>&-"
  code=$?
}

# Sets code. The lock: an engine whose holder died may still be at work, and two on one store must never be. Who waits for it ends with
# us, or each holder that dies would leave one behind; the engine itself does not.
engine() {
  : >"$PD_RUN/due"
  lock='"$PD_DATA/engine.lock"'
  start_engine "flock --no-fork -n -E 199 $lock"
  [ $code != 199 ] || start_engine "setpriv --pdeathsig KILL flock --no-fork $lock setpriv --pdeathsig clear"
}

# Back-off in seconds, doubled up to 30; a line cuts it short, but not one that the crashed engine left unread
pause() {
  dd if="$fifo" iflag=nonblock of=/dev/null bs=64k count=16 2>/dev/null 3>&- 9>&-
  timer "$1"
  read -r _ <&3
  stop_timer
}

# Ends everything, unless a line came meanwhile. Without a FIFO nobody can write another; ours comes after all that were written.
finish() {
  rm -f "$fifo"
  echo 'nothing more' >&3
  read -r line <&3
  if [ "$line" != 'nothing more' ]; then
    open_fifo
    net_services
    return
  fi
  stop_timer
  for file in "$net"/*.pid "$net"/ports/*.up "$net"/ports/*.new; do
    lives "$file" && kill -9 "$pid"
  done
  wait $recording
  umount -n -l "$netns" "$PD_RUN/ro/crun" "$PD_RUN/t" 2>/dev/null
  # a service that was just being started may still write there
  for _ in 1 2 3 4 5; do
    rm -rf --one-file-system "$PD_DATA/host.json" "$PD_RUN" && break
  done
  exit 0
}

exec 9<>"$PD_DATA/holder.lock" || fail "cannot open $PD_DATA/holder.lock"
# somebody else holds it: theirs is as good as ours
flock -n 9 || exit 0
self
printf '%s %s %s\n' "$ref" "$PD_BOOT" "$PD_RUN" >&9
directories
echo "$ref" >"$PD_RUN/holder.pid"
open_fifo
set_up
[ -z "${PD_SCOPE:-}" ] || leaf
if [ -n "${PD_FRESH:-}" ]; then
  unset PD_FRESH PD_SLAVE PD_SCOPE
  export -p >"$PD_RUN/holder.env"
fi
# whoever started us waits for the end of our output
exec </dev/null >/dev/null 2>>"$log"
record 3>&- 9>&- &
recording=$!
stop_timer
net_services

fails=0
while :; do
  seconds
  began=$now
  engine
  seconds
  if [ $code = 0 ]; then
    fails=0
    due=
    read -r due <"$PD_RUN/due"
    case $due in
    exit) finish && continue ;;
    '' | *[!0-9]*) ;;
    *) timer "$due" ;;
    esac
    read -r _ <&3
    stop_timer
    continue
  fi
  [ $((now - began)) -lt 60 ] || fails=0
  # killed: not its own fault, so it is waited for no longer than a second
  [ $code != 137 ] || [ $fails -lt 2 ] || fails=1
  echo "holder: the engine ended with $code after $((now - began)) s" >&2
  case $fails in
  0) ;;
  1) pause 1 ;;
  2) pause 2 ;;
  3) pause 4 ;;
  4) pause 8 ;;
  5) pause 16 ;;
  *) pause 30 ;;
  esac
  fails=$((fails + 1))
done
