#!/bin/sh
# remove-unused-files.sh <folder>: takes what no program reads out of installed packages: source maps, types, descriptions
# and the packages' own tests. Licences stay.
set -eu
cd "$1"
find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) \
  ! -iname '*licen[cs]e*' -delete
find . -type f -name package.json | while IFS= read -r file; do
  for name in test tests docs benchmark benchmarks example examples; do
    rm -rf "${file%/package.json}/$name"
  done
done
