# An answer that says "not checked" was given under the next version, and did not fit the query any more.
seed 157
agencies police health education housing domestic_abuse substance_misuse mental_health probation marac
at 14.531 change_agreement who 932 lasts 0.637 amount 1
at 15.213 ask_family who 33 lasts 0.000 amount 11
at 15.275 clock_forward who 751 lasts 44.302 amount 295946
