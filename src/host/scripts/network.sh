# The node's network namespace and what serves it. Sourced by holder.sh, and by shells of the engine that bring back what died.
# Wants PD_RUN, PD_BRIDGE (address/prefix), PD_CIDR. State is in $PD_RUN/net: NAME.pid ("PID START"), NAME.err, egress (kind, or why none).
net=$PD_RUN/net
netns=$PD_RUN/netns/node

# "PID START" of the process that opens it
self() {
  read -r stat </proc/self/stat
  pid=${stat%% *}
  # the name in parentheses may hold spaces
  set -- ${stat##*) }
  ref="$pid ${20}"
}

# FILE: does the process live that it names? Sets pid. A zombie is dead.
lives() {
  [ -s "$1" ] && read -r pid start rest <"$1" && [ -r "/proc/$pid/stat" ] || return 1
  { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
  wanted=$start
  set -- ${stat##*) }
  case $1 in Z | X | x) return 1 ;; esac
  [ "${20}" = "$wanted" ]
}

# NAME COMMAND...: runs it in the background, unless it runs; its end writes NAME to the FIFO.
# The lock is with the shell, since services close what they inherit, and settles who of two starters is first.
supervise() {
  name=$1
  shift
  (
    exec 8>"$net/$name.lock"
    flock -n 8 || exit
    lives "$net/$name.pid" && exit
    (
      self
      echo "$ref" >"$net/$name.pid"
      # a holder that ends removes the FIFO first, then ends whom it finds in pid files: here one of the two must hold
      [ -p "$PD_RUN/wake" ] && exec "$@"
    ) 8>&-
    # ">" and "1<>" would make a file where there is none
    [ -p "$PD_RUN/wake" ] && echo "$name" 1<>"$PD_RUN/wake"
  ) </dev/null >/dev/null 2>"$net/$name.err" 3>&- 9>&- &
}

# The namespace with its bridge. A fixed MAC: otherwise it takes the lowest of its ports, and pods' ARP caches go wrong with each new one.
net_make() {
  : >"$netns" && unshare --net="$netns" ip -batch - <<TEXT
link set lo up
link add br0 address 02:00:0a:f4:00:01 type bridge
addr add $PD_BRIDGE dev br0
link set br0 up
TEXT
}

has_route() {
  while read -r _ destination _ flags _ _ _ mask _; do
    # 0200: a reject route
    [ "$destination$mask" = 0000000000000000 ] && [ $((0x$flags & 0x200)) = 0 ] && return 0
  done </proc/net/route
  return 1
}

# Without a default route something waits in the place of egress, and ends when there may be one.
# Without --no-map-gw every pod would reach the host's 127.0.0.1 through its gateway.
egress() {
  if ! has_route; then
    echo 'none: this machine has no default route' >"$net/egress"
    supervise egress sh -c 'rm -f "$0" && mkfifo "$0" || exit
setpriv --pdeathsig KILL ip -4 monitor route >"$0" &
exec grep -q ^default "$0"' "$net/routes"
  elif [ -e "$net/egress" ] && read -r found <"$net/egress" && [ "${found#none}" != "$found" ] && lives "$net/egress.pid"; then
    # its end brings us here again
    kill -9 "$pid"
  elif ! { true <>/dev/net/tun; } 2>/dev/null; then
    echo 'none: /dev/net/tun cannot be opened' >"$net/egress"
  elif command -v pasta >/dev/null; then
    echo pasta >"$net/egress"
    supervise egress pasta -f -q --config-net --no-map-gw --dns-forward 169.254.1.1 -t none -u none -T none -U none --netns "$netns"
  elif command -v slirp4netns >/dev/null; then
    echo slirp4netns >"$net/egress"
    supervise egress slirp4netns --configure --disable-host-loopback --mtu=65520 --netns-type=path "$netns" tap0
  else
    echo 'none: pasta and slirp4netns are missing' >"$net/egress"
  fi
}

# The host's own resolver as the way out sees it
upstream() {
  case $(command -v pasta || command -v slirp4netns) in
  */slirp4netns) echo 10.0.2.3 ;;
  *) echo 169.254.1.1 ;;
  esac
}

# The host's first resolver, unless it is on its loopback
resolver() {
  while read -r word address _; do
    case $word/$address in
    nameserver/127.*) return ;;
    nameserver/*[!0-9.]* | nameserver/) ;;
    nameserver/*) echo "$address" && return ;;
    esac
  done </etc/resolv.conf
}

# Pods leave with the node's address. Run again it replaces itself.
# pasta sends answers of the host's resolver as from the address that it has for pods: who asked it directly has to ask that one.
masquerade() {
  direct=$(resolver 2>/dev/null)
  [ -z "$direct" ] || direct="ip saddr $PD_CIDR ip daddr $direct udp dport 53 dnat to $(upstream)"
  timeout -k 1 10 nsenter --net="$netns" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; exec nft -f -' <<TEXT
add table ip podstead_egress
delete table ip podstead_egress
table ip podstead_egress {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr $PD_CIDR oifname != "br0" masquerade
  }
  chain prerouting {
    type nat hook prerouting priority dstnat
    $direct
  }
}
TEXT
}

dns() {
  supervise dns nsenter --net="$netns" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --group=root --pid-file= \
    --log-facility=- --no-resolv --no-hosts --no-poll --server="$(upstream)" --hostsdir="$net/hosts" --local=/cluster.local/ \
    --listen-address="${PD_BRIDGE%/*}" --bind-interfaces --cache-size=1000 --dns-forward-max=1000
}

net_services() {
  lives "$net/egress.pid" || egress
  if [ ! -e "$PD_RUN/t/m/masquerade" ]; then
    (masquerade && : >"$PD_RUN/t/m/masquerade") >/dev/null 2>"$net/nft.err" 3>&- 9>&- &
  fi
  lives "$net/dns.pid" || dns
}
