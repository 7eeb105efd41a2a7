#!/usr/bin/env bash
# Fetches a real Kafka broker's class path from Maven Central, once per version,
# into the user's cache folder, and prints that folder: test/real/fetch-kafka.sh
# Needs Maven and Java 17.
set -euo pipefail
cd "$(dirname "$0")"

version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' pom.xml)
log4j=$(sed -n 's:.*<log4j.version>\(.*\)</log4j.version>.*:\1:p' pom.xml)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/headstart
folder=$cache/kafka-$version-log4j-$log4j

if [[ ! -d $folder ]]; then
	mkdir -p "$cache"
	# Complete or not there at all: another run may look at the same moment.
	partial=$(mktemp -d "$cache/kafka.XXXXXX")
	trap 'rm -rf "$partial"' EXIT
	mvn --batch-mode --quiet dependency:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$partial" >&2
	[[ -f $partial/kafka_2.13-$version.jar ]] || {
		echo "fetch-kafka.sh: Maven left no kafka_2.13-$version.jar in $partial" >&2
		exit 1
	}
	mv -T "$partial" "$folder" 2>/dev/null || [[ -d $folder ]]
fi
echo "$folder"
