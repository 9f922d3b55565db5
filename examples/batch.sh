#!/bin/sh
# Many fields in one call: two simulated fields, then a list with one row a field.
#   examples/batch.sh [DIRECTORY]
# A field that fails is reported and the others go on; run again, --resume skips what is done.
set -eu
program=$(dirname "$0")/../build/skyclass
directory=${1:-$(mktemp -d)}

for seed in 1 2; do
    "$program" simulate -o "$directory/field$seed" --seed $seed --size 600x600 --name field$seed
done

cat >"$directory/fields.csv" <<END
images,sources,outputs
$directory/field1,$directory/field1/field1.tab,$directory/field1.fits;$directory/field1.reg
$directory/field2,$directory/field2/field2.tab,$directory/field2.fits;$directory/field2.reg
END

"$program" classify --fields "$directory/fields.csv" --resume
echo "The results are in $directory"
