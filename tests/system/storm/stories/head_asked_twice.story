# After a crash the same head went out twice; the answer to the second one counted as a refusal, for an hour.
seed 2
agencies police social_care health education housing domestic_abuse substance_misuse mental_health probation refuge marac
at 163.973 slow_peer who 920 lasts 55.700 amount 958
at 175.786 ask_family who 704 lasts 0.000 amount 11
at 180.070 crash_before_log who 174 lasts 5.315 amount 1
