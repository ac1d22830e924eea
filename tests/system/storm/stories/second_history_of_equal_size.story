# A node on an older disk signed a head of the very size that its witnesses knew, with its new leaves in it.
seed 183
agencies police social_care health domestic_abuse refuge
at 105.018 ask_family who 868 lasts 0.000 amount 3
at 105.618 lose_writes who 835 lasts 21.818 amount 1
