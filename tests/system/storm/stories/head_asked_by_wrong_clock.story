# Heads of a log that were sent while the clock was ahead were never cosigned, and for an hour no witness was asked again.
seed 1
agencies police health domestic_abuse
at 152.375 clock_forward who 847 lasts 29.205 amount 212296
