#!/usr/bin/env bash
# `fanlight match evaluate` and `match learn` over small made-up files: figures of planted cases, the same by real and
# by hashed tokens, no person in any output, and each bad input with its exit code, place and mend.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

fanlight=$bin/fanlight
cd "$work"
: >"$work/said"

cat >map.toml <<'MAP'
[columns]
record_id = "id"
family_id = "house"
forename = "first"
surname = "last"
date_of_birth = "born"
postcode = "postcode"
premises = "no"
street = "street"

[truth]
column = "who"
MAP
header=id,who,fam,house,first,last,born,no,street,postcode

# ---- planted: two found, one only to look at, one absent, one absent twin
cat >left.csv <<CSV
$header
l1,p1,f1,h1,Adaplanted,Ottermere,2011-03-09,1,High Street,QX1 1AA
l2,p2,f1,h1,Beaplanted,Ottermere,2011-03-09,1,High Street,QX1 1AA
l3,p3,f2,h2,Cleoplanted,Pillbrow,1990-01-23,7,Low Street,QX2 2BB
l4,p4,f3,h3,Danplanted,Quennell,1985-07-30,9,Mid Street,QX3 3CC
l5,p5,f4,h4,Édithplanted,Rushbrook,1979-11-02,4,Far Street,QX4 4DD
CSV
cat >right.csv <<CSV
$header
r1,p1,f1,a1,Adaplanted,Ottermere,2011-03-09,1,High Street,QX1 1AA
r3,p3,f2,a2,Cleoplanted,Silkstone,1990-01-23,7,Low Street,QX2 2BB
r5,p5,f4,a4,Edithplanted,Rushbrook,1979-11-02,4,Far Street,QX4 4DD
r9,p9,f9,a9,Zebedee,Umfreville,1950-02-28,80,Old Street,QX9 9ZZ
CSV
cat >points.toml <<'POINTS'
[matching]
version = 2
sure = 600
unsure = 300

[matching.points]
"date.exact" = 200
"forename.exact" = 200
"surname.exact" = 200
POINTS
evaluate=("$fanlight" match evaluate --left left.csv --right right.csv --map map.toml --family fam --points points.toml)
learn=("$fanlight" match learn --left left.csv --right right.csv --map map.toml --family fam --out learnt.toml)

"${evaluate[@]}" --fast --json >fast.json
figure() { # PATH VALUE
    check "evaluate: $1 is $2" same "$(expect get "pooled.$1" <fast.json)" "$2"
}
figure people 5
figure rows 4
figure queries 4
figure true_pairs 3
figure sure.true_positive 2
figure sure.false_positive 0
figure sure.false_negative 1
figure unsure.true_positive 3
figure absent.people 2
figure absent.sure 0
figure absent_twins.people 1
figure wrong_within_family 0
figure groups.other_alphabets.pairs 1
figure groups.ascii_names.pairs 2
figure groups.surname_different.pairs 1
check "evaluate: precision" grep -q '"precision":1E0' fast.json
check "evaluate: the map's name" same "$(expect get map <fast.json)" map.toml
check "evaluate: the version" same "$(expect get version <fast.json)" 2

"${evaluate[@]}" --json >real.json
without_time() { sed 's/,"time":.*//' "$1"; }
check "real and hashed tokens give the same figures" same "$(without_time real.json)" "$(without_time fast.json)"
check "which are real" same "$(expect get time.tokens <real.json)" evaluated

# ---- several files are pooled
"$fanlight" match evaluate --left left.csv --right right.csv right.csv --map map.toml --points points.toml --fast \
    --json >two.json
check "two files: both are there" same "$(expect get files.1.sure.true_positive <two.json)" 2
check "two files: pooled" same "$(expect get pooled.sure.true_positive <two.json)" 4

# ---- duplicates within one file
sed 1d right.csv | sed 's/^r/s/; s/,a\([0-9]\),/,b\1,/' | cat right.csv - >twice.csv
"$fanlight" match evaluate --left twice.csv --right twice.csv --map map.toml --points points.toml --fast --json \
    >dedupe.json
check "duplicates: each pair once" same "$(expect get pooled.true_pairs <dedupe.json)" 4
check "duplicates: all found" same "$(expect get pooled.sure.true_positive <dedupe.json)" 4
check "duplicates: nothing else" same "$(expect get pooled.sure.false_positive <dedupe.json)" 0

# ---- nobody is named
"${evaluate[@]}" --fast >text.txt
check "the table says how many" grep -q "2 right       0 wrong       1 missed" text.txt
check "the table names nobody" test "$(grep -ciE 'planted|ottermere|QX1|2011-03-09' text.txt)" = 0
check "--show needs more" refused 64 "--show" "--i-know-these-are-not-real-people" "${evaluate[@]}" --fast --show wrong
"${evaluate[@]}" --fast --show missed --i-know-these-are-not-real-people >shown.txt
check "--show missed shows rows and words" grep -q "l3: Cleoplanted" shown.txt
check "--show missed: why" grep -q "same date of birth, same first name" shown.txt

# ---- learn, then evaluate by what was learnt
awk -v header="$header" 'BEGIN {
    split("Ada Bridget Conrad Delroy Edwina Fergus Gwendolen Hamish Ingrid Jolyon Kezia", first, " ")
    split("Ottermere Pillbrow Quennell Rushbrook Silkstone Trelawney Umfreville", last, " ")
    print header > "many-left.csv"; print header > "many-right.csv"
    for (i = 0; i < 300; i++) {
        house = int(i / 3); day = 10 + (i * 7) % 18
        row = ",p%d,f%d,h%d,%s,%s,%d-0%d-%02d,%d,High Street,QX%d 1A%c\n"
        for (side = 0; side < 2; side++)
            printf((side ? "r" : "l") i row, i, house, house, first[i % 11 + 1], last[house % 7 + 1], \
                1950 + (i * 13) % 60, 1 + i % 9, (side && i % 5 == 0) ? day + 1 : day, house + 1, 1 + house % 9, \
                65 + int(house / 9)) > (side ? "many-right.csv" : "many-left.csv")
    }
}'
many=(--left many-left.csv --right many-right.csv --map map.toml --family fam)
check "learn" "$fanlight" match learn "${many[@]}" --out learnt.toml
cp learnt.toml first.toml
check "learn: again" "$fanlight" match learn "${many[@]}" --out learnt.toml
check "learn: the same file, byte for byte" cmp first.toml learnt.toml
check "learn: nobody in it" test "$(grep -ciE 'ottermere|pillbrow|kezia|QX1' learnt.toml)" = 0
check "learn: says how it was made" grep -q "^# Made by: .*match learn --left many-left.csv" learnt.toml
check "learn: a table of an agreement" grep -qx '\[matching.points\]' learnt.toml
sed '1,/^\[matching.points\]/d; s/" = .*//' learnt.toml >features
check "learn: sorted" env LC_ALL=C sort -c features
"$fanlight" match evaluate "${many[@]}" --points learnt.toml --fast --json >learnt.json
check "what was learnt finds more than nine of ten" awk -v r="$(expect get pooled.sure.recall <learnt.json)" \
    'BEGIN { exit !(r + 0 > 0.9) }'
"$fanlight" match evaluate "${many[@]}" --train-left many-left.csv --train-right many-right.csv --fast --json \
    >trained.json
check "to learn and evaluate in one run is the same" same "$(without_time trained.json)" "$(without_time learnt.json)"
"$fanlight" match evaluate "${many[@]}" --points learnt.toml --fast --json --limit 60 >limited.json
check "--limit asks about so many at most" awk -v n="$(expect get left_rows <limited.json)" \
    'BEGIN { exit !(n > 0 && n <= 60) }'
check "--limit keeps the true pairs" same "$(expect get pooled.true_pairs <limited.json)" \
    "$(expect get left_rows <limited.json)"

# ---- bad input
check "evaluate: no points" refused 64 "--points" "--train-left" "$fanlight" match evaluate --left left.csv \
    --right right.csv --map map.toml
check "evaluate: points in two ways" refused 64 "--points" "Give one of" "${evaluate[@]}" --agreement points.toml
check "evaluate: half a training" refused 64 "--train-left" "together" "$fanlight" match evaluate --left left.csv \
    --right right.csv --map map.toml --train-left left.csv
check "evaluate: nothing to show" refused 64 "--show" "wrong or missed" "${evaluate[@]}" --show everything
check "evaluate: no left file" refused 66 "nobody.csv" "file of people" "$fanlight" match evaluate --left nobody.csv \
    --right right.csv --map map.toml --points points.toml
check "evaluate: no map" refused 66 "nomap.toml" "map" "$fanlight" match evaluate --left left.csv --right right.csv \
    --map nomap.toml --points points.toml
check "evaluate: no points file" refused 66 "nopoints.toml" "points file" "$fanlight" match evaluate --left left.csv \
    --right right.csv --map map.toml --points nopoints.toml
check "evaluate: a column of truth that is not there" refused 65 "left.csv, row 1" "no column" "$fanlight" match \
    evaluate --left left.csv --right right.csv --map map.toml --points points.toml --truth plantedcolumn
check "evaluate: a column of families that is not there" refused 65 "left.csv, row 1" "--family" "$fanlight" match \
    evaluate --left left.csv --right right.csv --map map.toml --points points.toml --family plantedcolumn
sed '/truth/,$d' map.toml >untrue.toml
check "evaluate: no truth" refused 65 "untrue.toml" "Give --truth" "$fanlight" match evaluate --left left.csv \
    --right right.csv --map untrue.toml --points points.toml
check "evaluate: the truth by option" "$fanlight" match evaluate --left left.csv --right right.csv --map untrue.toml \
    --points points.toml --truth who --fast
sed 's/^l3,p3/l3,/' left.csv >hole.csv
check "evaluate: a row whose truth is empty" refused 65 "hole.csv, row 4, who" "who the row is" "$fanlight" match \
    evaluate --left hole.csv --right right.csv --map map.toml --points points.toml
sed 's/^forename = .*/forename = = "first"/' map.toml >broken.toml
check "evaluate: a map that is not TOML" refused 65 "broken.toml, line 4" "" "$fanlight" match evaluate \
    --left left.csv --right right.csv --map broken.toml --points points.toml
bad_points() { # WHAT CODE PLACE MEND SED
    sed -E "$5" points.toml >bad.toml
    check "points: $1" refused "$2" "$3" "$4" "$fanlight" match evaluate --left left.csv --right right.csv \
        --map map.toml --points bad.toml
    check "points: $1: which file" grep -q "bad.toml" refused.err
}
bad_points "another version" 76 "version" "Learn the points again" 's/version = 2/version = 1/'
bad_points "no threshold" 65 "[matching]: sure (at 1)" "whole number" '/^sure/d'
bad_points "thresholds the wrong way round" 65 "unsure" "Lower it" 's/^unsure.*/unsure = 601/'
bad_points "a feature that is none" 65 "(at 8)" "match learn" 's/forename.exact/forename.plantedlevel/'
bad_points "points that are no number" 65 "(at 7)" "whole number" 's/"date.exact" = 200/"date.exact" = "many"/'
bad_points "no points" 65 "[matching.points]" "match learn" '/matching.points/,$d'
bad_points "not TOML" 65 "points file (at 2)" "not TOML" 's/^version.*/version = = 2/'
bad_points "no table" 66 "[matching]" "match learn" '1,$d'
check "learn: where no file can be" refused 66 "file of --out" "directory" "${learn[@]/learnt.toml/nowhere/learnt.toml}"
head -n 1 left.csv >empty.csv
check "learn: nobody" refused 65 "empty.csv, row 1" "nobody" "$fanlight" match learn --left empty.csv \
    --right right.csv --map map.toml --out learnt.toml
check "learn: too few people" refused 65 "pairs to learn from" "larger files" "${learn[@]}"
check "learn: a precision that is none" refused 64 "--precision" "" "${learn[@]}" --precision 1.5
check "learn: nothing was written over" cmp first.toml learnt.toml
nine=(right.csv right.csv right.csv right.csv right.csv right.csv right.csv right.csv right.csv)
check "evaluate: nine files" refused 65 "--right" "at most 8" "$fanlight" match evaluate --left left.csv \
    --map map.toml --points points.toml --right "${nine[@]}"
for text in Ottermere Adaplanted 'QX1 1AA' 2011-03-09; do
    check "\"$text\" came back in no message" test "$(grep -ciF -- "$text" said)" = 0
done
checks_end
