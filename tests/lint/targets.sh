#!/bin/bash
# Every target of the Makefile that is a name and not a file stands in `make help`, but those that
# others are made of; and nothing else stands there.
set -u
cd "$(dirname "$0")/../.." || exit 1
inner='all help fuzzers fuzz-programs'
targets=$(make -pn help 2>/dev/null | sed -n 's/^\.PHONY: //p' | tr ' ' '\n' |
    grep -vxF "$(tr ' ' '\n' <<<"$inner")" | sort -u)
told=$(make -s help | grep -oE '(^|; )make(-| )[a-z0-9_.-]+|deps-[a-z]+:' |
    sed -E 's/.* //; s/:$//' | sort -u)
wrong=$(diff <(echo "$targets") <(echo "$told"))
if [ -n "$wrong" ]; then
    echo "make help and the targets differ (< is a target, > is in the help):"
    echo "$wrong"
    exit 1
fi
