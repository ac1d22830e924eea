# A summary that was on its way when the next version came into force was refused, and lost.
seed 170
agencies police health education housing domestic_abuse substance_misuse mental_health probation marac
at 164.399 ask_family who 317 lasts 0.000 amount 4
at 166.551 cut_off_hub who 143 lasts 4.818 amount 1
at 167.379 mute who 630 lasts 28.054 amount 1
at 168.688 change_agreement who 763 lasts 10.243 amount 1
