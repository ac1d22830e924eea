# A request for a summary under the former version was refused by a leaf that could not be matched with the request.
seed 3
agencies police health education housing domestic_abuse substance_misuse mental_health probation marac
at 33.822 ask_family who 802 lasts 0.000 amount 12
at 34.048 change_agreement who 85 lasts 3.813 amount 1
at 35.780 delay_frames who 71 lasts 23.212 amount 1355
