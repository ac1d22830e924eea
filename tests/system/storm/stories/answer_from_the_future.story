# An answer written by a clock that was ahead was refused, acknowledged, and so lost for ever.
seed 1
agencies police health domestic_abuse
at 151.674 ask_family who 568 lasts 0.000 amount 3
at 152.375 clock_forward who 847 lasts 29.205 amount 212296
