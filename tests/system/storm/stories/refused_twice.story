# A request from the future was refused anew each time that its frame was offered, with a leaf and a message each.
seed 190
agencies police social_care health domestic_abuse refuge
at 120.841 clock_back who 445 lasts 13.121 amount 422929
at 121.116 crash_before_transmissions who 73 lasts 0.822 amount 1
at 121.348 ask_family who 188 lasts 0.000 amount 9
