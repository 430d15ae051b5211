//! The shell functions that a commit's script defines first.

/// Where this run keeps the journal of the user it is: `$d` for the run. Root's lies in a folder of its own.
pub(super) const PLACES: &str = r#"while read -r k u _; do [ "$k" = Uid: ] && break; done </proc/self/status
if [ "$u" = 0 ]; then d=/run/evenkeel/$run
elif [ -n "${XDG_RUNTIME_DIR-}" ] && [ -w "$XDG_RUNTIME_DIR" ]; then d=$XDG_RUNTIME_DIR/evenkeel-$run
elif [ -w "/run/user/$u" ]; then d=/run/user/$u/evenkeel-$run
else d=/tmp/evenkeel-$run-$u; fi
"#;

/// Functions for changes. Each runs in a subshell of its own, its output in files; `$s` is the file where it says
/// that it was refused (`stale`) or that a check failed (`invalid`).
pub(super) const FUNCTIONS: &str = r#"trap : HUP PIPE
fail() { printf '%s\n' "$1" >&2; exit 1; }
stale() { echo stale >"$s"; fail "$1"; }
absent() { if [ -e "$1" ] || [ -L "$1" ]; then stale "$1 exists now"; fi; }
was() {
  x=$(find "$2" "$1" -maxdepth 0 -printf '%y %m %U %G %l.' 2>/dev/null) || stale "$1 is gone"
  [ "$x" = "$3" ] || stale "$1 has changed: type, mode, owner, group and target are ${x%.}, they were ${3%.}"
  [ -z "${4-}" ] || { x=$(sha256sum <"$1") || stale "$1 cannot be read"; [ "${x%% *}" = "$4" ] || stale "the content of $1 has changed"; }
}
folder() { [ -d "$1" ] || fail "the folder $1 does not exist"; }
leads() {
  [ "$u" = 0 ] || return 0
  x=$1; shift
  y=$(find -P "$@" -maxdepth 0 ! -uid 0 -print -quit)
  [ -z "$y" ] || [ -n "$(find -P "$x" -maxdepth 0 ! -uid 0)" ] || fail "refused as root: through $y, which is not root's, it leads to $x, which is"
}
trusted() {
  [ "$u" = 0 ] || return 0
  f=${1%/*}; o=$2; h=$(cd -P -- "$f/" && pwd -P) || exit 1
  set -- ; a=$f
  while [ -n "$a" ]; do set -- "$@" "$a"; a=${a%/*}; done
  [ "$#" = 0 ] || [ "$h" = "$f" ] || leads "$h" "$@"
  a=${h%/}
  while [ -n "$a" ]; do set -- "$@" "$a"; a=${a%/*}; done
  [ "$#" != 0 ] || return 0
  h=$(find -P "$@" -maxdepth 0 ! -uid 0 $o -print -quit) || fail "the owner is not known here"
  [ -z "$h" ] || fail "refused as root: $h belongs neither to root nor to the owner of the file"
}
label() {
  [ -n "$z" ] && command -v matchpathcon >/dev/null || return 0
  c=$(matchpathcon -n "$2") && chcon -h -- "$c" "$1"
}
change() {
  s=$g/$1.s
  echo "start $1" >>"$g/log"
  read -r b _ </proc/uptime
  ( "c$1" ) >"$g/$1.o" 2>"$g/$1.e"
  r=$?
  read -r e _ </proc/uptime
  w=ok; case " $2 " in *" $r "*) ;; *) w=failed ;; esac
  [ ! -s "$s" ] || read -r w <"$s"
  if [ -s "$g/$1.o" ] || [ -s "$g/$1.e" ]; then
    x=$(find "$g/$1.o" "$g/$1.e" -size +"$most"c -printf '%s ')
    [ -z "$x" ] || { w=large; : >"$g/$1.o"; printf '%s' "${x%% *}" >"$g/$1.e"; }
  fi
  echo "done $1 $r $b $e $w" >>"$g/log"
  report "$1" "$r $b $e $w"
  [ "$w" = ok ]
}
report() {
  [ ! -s "$g/$1.o" ] || cat <"$g/$1.o"
  [ ! -s "$g/$1.e" ] || cat <"$g/$1.e" >&2
  mark "c$1" "$2"
}
"#;

/// Removes what runs of this user left that were killed, or whose connection was lost for good: journals in which nothing was
/// begun for a day, and none of whose scripts still runs. What programs printed stands in them.
pub(super) const SWEEP: &str = r#"case $d in /run/evenkeel/*) x='*' ;; *) x='evenkeel-*' ;; esac
find -P "${d%/*}" -mindepth 1 -maxdepth 1 -type d -uid "$u" -name "$x" -mmin +1440 2>/dev/null | while read -r j; do
  for l in "$j"/*/log; do
    p=; read -r _ p 2>/dev/null <"$l"
    [ -z "$p" ] || [ ! -d "/proc/$p" ] || continue 2
  done
  rm -rf -- "$j"
done
"#;

/// Begins the journal of commit `$n`: the folder can be made once only, so that a script which starts late, after its
/// outcome was settled as "did not run", does nothing.
///
/// In /tmp, where everybody may make folders, it has to be this user's own.
pub(super) const BEGIN: &str = r#"g=$d/$n
[ -d "$d" ] || ( umask 077; exec mkdir -p "$d" )
case $d in /tmp/*) x=$(find -P "$d" -maxdepth 0 ! -uid "$u") ;; *) x= ;; esac
if [ -z "$x" ] && mkdir -m 700 "$g" && echo "pid $$" >"$g/log"; then
mark begun 0
"#;

/// Ends the journal.
pub(super) const END: &str = "echo end >>\"$g/log\"
mark ended 0
else mark begun 1; fi
";

/// Says what commit `$n` did: waits up to `$t` seconds for a script that still runs.
pub(super) const RECALL: &str = r#"g=$d/$n
[ -d "$d" ] || ( umask 077; exec mkdir -p "$d" )
if mkdir -m 700 "$g" 2>/dev/null; then mark never 0
elif ! read -r _ p 2>/dev/null <"$g/log"; then mark lost 0
else
  running() { [ -d "/proc/$p" ] || return 1; while read -r x; do [ "$x" != end ] || return 1; done <"$g/log"; }
  while [ "$t" -gt 0 ] && running; do sleep 1; t=$((t-1)); done
  x=0; if running; then x=1; fi
  mark begun "$x"
  while read -r word i note; do
    case $word in
      done) report "$i" "$note" ;;
      start) mark started "$i" ;;
      end) mark ended 0 ;;
    esac
  done <"$g/log"
fi
"#;

/// Removes everything that this run wrote beside its changes.
pub(super) const FINISH: &str = "rm -rf -- \"$d\"; [ \"$u\" != 0 ] || rmdir /run/evenkeel 2>/dev/null\n";
