# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Debian packages of any suite and architecture, without installing them and without changing
# the machine's own apt: source this file, then
#
#   apt_fetch DIR ARCH SUITE PACKAGE...   DIR/PACKAGE.deb for each (the newest in that suite; the
#                                         packages alone, without what they depend on)
#   apt_depends ARCH SUITE PACKAGE        the names that it depends on, one per line: what a
#                                         package such as linux-image-amd64 stands for
#   apt_unpack DEB DIR                    its files below DIR
#
# ARCH is amd64 or arm64; SUITE is bookworm, bookworm-security, bookworm-backports, trixie, ...
# Each returns 0, or 1 after one line on standard error.
#
# The mirror is the one that the machine's own sources name; a suite that they do not list is
# taken from the same mirror. What was once fetched is kept below $KEXEC_DOWNLOADS
# (~/.cache/kexec-hwpoison/apt by default) and taken from there for ever after, so that a second
# build needs no network; remove that directory to get newer versions.

apt_cache=${KEXEC_DOWNLOADS:-${XDG_CACHE_HOME:-$HOME/.cache}/kexec-hwpoison/apt}

apt_error() {
	printf 'apt.sh: %s\n' "$*" >&2
	return 1
}

# Every binary source of the machine that apt would use, as "OPTIONS|URI|SUITE|COMPONENTS" lines.
# Both formats of sources.list(5). A key that stands in a deb822 file itself is put in a file
# below $1.
apt_sources() {
	local keys=$1 file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$file" ] || continue
		sed -nE 's/#.*//; s/^[ \t]*deb[ \t]+//p' "$file" | awk '{
			options = ""
			if (/^\[/) {
				options = $0; sub(/^\[/, "", options); sub(/\].*/, "", options)
				sub(/^[^]]*\]/, "")
			}
			rest = ""
			for (i = 3; i <= NF; i++) rest = rest " " $i
			count = split(options, words, /[ \t]+/); kept = ""
			for (i = 1; i <= count; i++)
				if (words[i] != "" && words[i] !~ /^(arch|lang|target)[-+]?=/)
					kept = kept " " words[i]
			print kept "|" $1 "|" $2 "|" rest
		}'
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -r "$file" ] || continue
		awk -v keys="$keys/$(basename "$file" .sources)" '
		function flush(   u, s, uris, suites, us, ss, options, file) {
			if (field["types"] ~ /(^|[ \t])deb([ \t]|$)/ &&
			    tolower(field["enabled"]) != "no") {
				options = ""
				if (field["signed-by"] ~ /BEGIN PGP/) {
					file = keys "-" ++blocks ".asc"
					printf "%s", field["signed-by"] > file
					close(file)
					options = " signed-by=" file
				} else if (field["signed-by"] != "") {
					gsub(/^[ \t\n]+|[ \t\n]+$/, "", field["signed-by"])
					gsub(/[ \t\n]+/, ",", field["signed-by"])
					options = " signed-by=" field["signed-by"]
				}
				if (field["trusted"] != "")
					options = options " trusted=" field["trusted"]
				if (field["check-valid-until"] != "")
					options = options " check-valid-until=" \
						  field["check-valid-until"]
				gsub(/\n/, " ", field["components"])
				us = split(field["uris"], uris, /[ \t\n]+/)
				ss = split(field["suites"], suites, /[ \t\n]+/)
				for (u = 1; u <= us; u++)
					for (s = 1; s <= ss; s++)
						if (uris[u] != "" && suites[s] != "")
							print options "|" uris[u] "|" suites[s] \
							      "|" field["components"]
			}
			delete field
		}
		/^#/ { next }
		/^[ \t]*$/ { flush(); next }
		/^[ \t]/ {
			line = $0; sub(/^[ \t]/, "", line)
			if (line == ".") line = ""
			field[name] = field[name] line "\n"
			next
		}
		{
			name = tolower($0); sub(/:.*/, "", name)
			value = $0; sub(/^[^:]*:[ \t]*/, "", value)
			field[name] = value "\n"
			if (name == "types" || name == "enabled" || name == "trusted" ||
			    name == "check-valid-until")
				field[name] = value
		}
		END { flush() }' "$file"
	done
}

# The line of a private sources.list for a suite: as the machine has it, or else its Debian
# mirror (for a -security suite its security mirror) with the suite's name put in place.
apt_source_line() {
	local suite=$1 keys=$2 codename pattern
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	case $suite in
	*-security) pattern='-security$' ;;
	*) pattern="^($codename|stable|oldstable|testing|unstable|sid|[a-z]+-updates)\$" ;;
	esac
	apt_sources "$keys" | awk -F'|' -v suite="$suite" -v pattern="$pattern" '
		$4 !~ /(^| )main( |$)/ || $2 ~ /^cdrom:/ { next }
		$3 == suite && !exact { exact = "deb [" $1 " ] " $2 " " suite " main" }
		$3 ~ pattern && $2 ~ /debian/ && !other { other = "deb [" $1 " ] " $2 " " suite " main" }
		END { if (exact) print exact; else if (other) print other; else exit 1 }' ||
		apt_error "no source in /etc/apt is a Debian mirror for $suite: add one"
}

# Runs an apt command ($3...) on the private directory of one suite and architecture.
apt_private() {
	local arch=$1 suite=$2 command=$3
	shift 3
	local state=$apt_cache/state/$suite-$arch
	"$command" -qq -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::Etc::preferences="$state/none" -o Dir::Etc::preferencesparts="$state/none" \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
		-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

# Makes the private directory, and reads the suite's index unless there is one ($3: again).
apt_prepare() {
	local arch=$1 suite=$2 again=${3:-} state
	state=$apt_cache/state/$suite-$arch
	[ -z "$again" ] && [ -e "$state/ready" ] && return 0
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/keys" ||
		return 1
	: >"$state/status"
	apt_source_line "$suite" "$state/keys" >"$state/sources.list" || return 1
	rm -f "$state/ready"
	if ! apt_private "$arch" "$suite" apt-get update -o APT::Update::Error-Mode=any \
		>"$state/log" 2>&1; then
		apt_error "cannot read the package index of $suite ($arch): is there a network?" \
			"$(sed -n '/^[EW]:/{s/^[EW]: //;p;q;}' "$state/log")"
		return 1
	fi
	: >"$state/ready"
}

# Fetches packages into the cache: called with its lock held.
apt_fetch_missing() {
	local arch=$1 suite=$2 again store scratch package deb
	shift 2
	store=$apt_cache/$suite/$arch
	mkdir -p "$store"
	scratch=$(mktemp -d "$store/.fetch.XXXXXX") || return 1
	for again in '' again; do
		apt_prepare "$arch" "$suite" $again || break
		if (cd "$scratch" && apt_private "$arch" "$suite" apt-get download "$@") \
			>"$scratch/log" 2>&1; then
			for package; do
				deb=$(cd "$scratch" && echo "${package}"_*.deb)
				mv "$scratch/$deb" "$store/$deb" &&
					ln -sfn "$deb" "$store/$package.deb"
			done
			rm -rf "$scratch"
			return 0
		fi
		# An index that has grown old names files that the mirror has replaced.
	done
	[ -e "$scratch/log" ] && apt_error "cannot fetch $* of $suite ($arch):" \
		"$(sed -n '/^E:/{s/^E: //;p;q;}' "$scratch/log")"
	rm -rf "$scratch"
	return 1
}

apt_locked() {
	mkdir -p "$apt_cache" || return 1
	(
		flock -w 1800 9 || { apt_error "another build holds $apt_cache/lock"; exit 1; }
		"$@"
	) 9>"$apt_cache/lock"
}

apt_fetch() {
	local dir=$1 arch=$2 suite=$3 package
	shift 3
	local store=$apt_cache/$suite/$arch missing=()
	for package; do
		[ -s "$store/$package.deb" ] || missing+=("$package")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		apt_locked apt_fetch_missing "$arch" "$suite" "${missing[@]}" || return 1
	fi
	mkdir -p "$dir" || return 1
	for package; do
		cp -Lf --reflink=auto "$store/$package.deb" "$dir/.$package.deb.$$" &&
			mv -f "$dir/.$package.deb.$$" "$dir/$package.deb" || return 1
	done
}

apt_depends_missing() {
	local arch=$1 suite=$2 package=$3 store=$apt_cache/$2/$1
	mkdir -p "$store"
	apt_prepare "$arch" "$suite" || return 1
	apt_private "$arch" "$suite" apt-cache show --no-all-versions "$package" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',' '\n' |
		sed -E 's/[|(].*//; s/:[a-z0-9]+//; s/[ \t]//g; /^$/d' >"$store/$package.depends.new"
	if [ ! -s "$store/$package.depends.new" ]; then
		rm -f "$store/$package.depends.new"
		apt_error "$suite ($arch) has no $package that depends on anything"
		return 1
	fi
	mv "$store/$package.depends.new" "$store/$package.depends"
}

apt_depends() {
	local arch=$1 suite=$2 package=$3
	local answer=$apt_cache/$suite/$arch/$package.depends
	[ -s "$answer" ] || apt_locked apt_depends_missing "$arch" "$suite" "$package" || return 1
	cat "$answer"
}

apt_unpack() {
	local deb=$1 dir=$2
	mkdir -p "$dir" && dpkg-deb -x "$deb" "$dir" || apt_error "cannot unpack $deb"
}
