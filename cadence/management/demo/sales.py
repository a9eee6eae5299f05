"""The first priority, too: what sells, here, through others and elsewhere."""

from cadence.management.demo.plot import Answer, Dip, Hole, Limit, Metric, Work

SALES_DESK = Work(
    "Mid-market sales desk",
    priority=1,
    team="Growth",
    about="Three people who answer companies of 50 to 500 within hours and send a proposal within "
    "a week.",
    owners=(("dana", 27), ("noor", 23)),
    budget=90000,
    metrics=(
        Metric(
            "Win rate",
            "lagging",
            24,
            26,
            1.6,
            unit="%",
            decimals=1,
            read="month",
            how="mean",
            limits=(
                Limit("Below 22%: Dana sits in on every second call of the month.", floor="22"),
            ),
            dips=(
                Dip(
                    3,
                    3,
                    0.09,
                    (
                        Answer(
                            "adjust",
                            "No proposal without a second person in the call.",
                            "One proposal in four is won",
                            check=1,
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Proposals sent",
            "leading",
            14.5,
            15.5,
            3,
            unit="proposals",
            leads_to="Win rate",
            late=True,
            limits=(Limit("Below 12: Friday is for proposals, and for nothing else.", floor="12"),),
            dips=(
                Dip(
                    22,
                    21,
                    0.2,
                    (
                        Answer(
                            "hold_course",
                            "Nine proposals wait for one answer about data protection, which is "
                            "promised for Thursday.",
                            "Twelve proposals a week",
                        ),
                    ),
                ),
                Dip(1, 1, 0.25),
            ),
        ),
        Metric(
            "First answer to a lead",
            "leading",
            3.1,
            5.0,
            0.5,
            unit="hours",
            decimals=1,
            how="mean",
            leads_to="Win rate",
            limits=(
                Limit(
                    "Too slow: whoever is free takes the next lead, whatever its size.", ceiling="4"
                ),
                Limit("", ceiling="6", since=13, moved=True),
            ),
            dips=(
                Dip(
                    14,
                    14,
                    0.2,
                    (
                        Answer(
                            "move_threshold",
                            "Leads from Spain and Portugal come in after hours since they are "
                            "included; four hours was agreed for one time zone.",
                            "Every lead has an answer within six hours",
                            ceiling="6",
                        ),
                    ),
                ),
                Dip(1, 1, 0.15, (Answer("agreed", expected="Back under six hours", by="noor"),)),
            ),
        ),
    ),
    helped=("The template for proposals saves an hour each.", "Legal answers on the same day now."),
    in_the_way=(
        "One of three is in training until the end of the month.",
        "Half of the leads have no phone number.",
    ),
)

RESELLER_PORTAL = Work(
    "Reseller portal",
    priority=1,
    team="Partnerships",
    about="Resellers register their deals themselves and see what they have earned.",
    owners=(("tomas", 27), ("jonas", 22)),
    budget=120000,
    metrics=(
        Metric(
            "Active resellers",
            "lagging",
            21,
            27,
            2,
            unit="resellers",
            read="month",
            how="last",
            limits=(Limit("Below 20: Tomás visits the three largest.", floor="20"),),
        ),
        Metric(
            "Deals registered",
            "leading",
            4.4,
            5,
            1.6,
            unit="deals",
            short_grace=True,
            leads_to="Active resellers",
            limits=(Limit("Below three: call the ten that registered last.", floor="3"),),
            dips=(Dip(18, 18, 0.34, (Answer("agreed", expected="Three deals a week", check=1),)),),
            holes=(Hole(2), Hole(1)),
        ),
    ),
    helped=("Two resellers registered their first deal.",),
    in_the_way=("The price list in the portal is of last year.",),
)

SPANISH_LAUNCH = Work(
    "Spanish launch",
    priority=1,
    team="Growth",
    about="Sell in Spain with a site, a price and a phone number of its own.",
    budget=75000,
    draft_since=3,
    metrics=(Metric("Spanish trials", "leading", 0, 0, 0, unit="trials"),),
)

WORKS = (SALES_DESK, RESELLER_PORTAL, SPANISH_LAUNCH)
