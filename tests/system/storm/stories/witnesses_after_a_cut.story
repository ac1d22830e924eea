# After a broken link, answers to two heads came together; the later one counted as a refusal, for an hour.
seed 207
agencies police social_care health housing domestic_abuse substance_misuse refuge
at 104.259 ask_family who 379 lasts 0.000 amount 2
at 107.088 break_link who 670 lasts 38.380 amount 1
