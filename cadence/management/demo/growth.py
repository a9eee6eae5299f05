"""The first priority: what is done to win the mid-market."""

from cadence.management.demo.plot import Answer, Derived, Dip, Limit, Metric, Work

PARTNER_WEBINARS = Work(
    "Partner webinars",
    priority=1,
    team="Demand",
    about="Two webinars a week with partners whose customers look like ours, and a call to "
    "everybody who stayed to the end.",
    owners=(("lucia", 27), ("priya", 18)),
    budget=64000,
    metrics=(
        Metric("New ARR plan", "lagging", 36000, 49000, 0, unit="EUR"),
        Metric(
            "New ARR, mid-market",
            "lagging",
            41000,
            55000,
            6500,
            unit="EUR",
            open=True,
            limits=(
                Limit(
                    "Under the plan: two people move from events to partner follow-up that week.",
                    plan="New ARR plan",
                ),
            ),
            dips=(
                Dip(
                    12,
                    10,
                    0.14,
                    (
                        Answer(
                            "reallocate",
                            "Two people call the partner leads for four weeks.",
                            "New ARR back on plan",
                            moved=("Events team", "Partner follow-up", "2 people, 4 weeks"),
                            by="lucia",
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Qualified demos booked",
            "leading",
            49,
            55,
            9,
            unit="demos",
            open=True,
            leads_to="New ARR, mid-market",
            limits=(
                Limit("Below 40: two people call every open lead on Tuesday.", floor="40"),
                Limit(
                    "Below 45 for two weeks: move €8,000 from the autumn fair to partner webinars.",
                    floor="45",
                    row=2,
                    since=12,
                    reason="The plan for the half year needs 45.",
                ),
            ),
            dips=(
                Dip(20, 19, 0.14, (Answer("agreed", expected="Demos back above 40"),)),
                Dip(
                    9,
                    5,
                    0.17,
                    (
                        Answer(
                            "adjust",
                            "A new invitation, with the partner as its sender.",
                            "Demos back above 45",
                            check=1,
                        ),
                        Answer("agreed", expected="Demos back above 45", by="lucia"),
                    ),
                ),
                Dip(2, 2, 0.13),
            ),
        ),
        Metric(
            "Webinars held",
            "leading",
            2.3,
            2.7,
            1.0,
            unit="webinars",
            leads_to="New ARR, mid-market",
            limits=(Limit("Fewer than two: repeat the best one of the quarter.", floor="2"),),
            dips=(
                Dip(
                    15,
                    15,
                    0.5,
                    (
                        Answer(
                            "recovered",
                            "A partner was ill; the webinar was held the week after.",
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Partner reply time",
            "leading",
            18,
            20,
            4,
            unit="hours",
            decimals=1,
            how="mean",
            leads_to="New ARR, mid-market",
            limits=(Limit("Above a day: partners get Priya’s direct number.", ceiling="24"),),
            dips=(
                Dip(
                    5,
                    4,
                    0.22,
                    (
                        Answer(
                            "adjust",
                            "One shared inbox for partners, with a named person each day.",
                            "Replies within a day",
                            check=3,
                        ),
                    ),
                ),
            ),
        ),
    ),
    derived=(
        Derived(
            "Demos a webinar",
            "leading",
            "ratio",
            ("Qualified demos booked", "Webinars held"),
            unit="demos",
        ),
    ),
    helped=(
        "Two partners now bring their own guests.",
        "The recording brought six demos by itself.",
        "The customer story from Graz was asked for in every call.",
    ),
    in_the_way=(
        "One partner cancelled two days before the date.",
        "The autumn fair takes the same people.",
        "Follow-up takes until Thursday; by then half have forgotten us.",
    ),
)

PRICING = Work(
    "Pricing and trials",
    priority=1,
    team="Demand",
    about="A price page that says what it costs, and a trial that begins without a call.",
    owners=(("priya", 27),),
    budget=38000,
    metrics=(
        Metric(
            "Paid conversions",
            "lagging",
            17,
            24,
            5,
            unit="accounts",
            open=True,
        ),
        Metric(
            "Pricing page trials",
            "leading",
            6.7,
            7.1,
            0.6,
            unit="%",
            decimals=1,
            how="mean",
            late=True,
            leads_to="Paid conversions",
            limits=(
                Limit(
                    "Below 6%: the old headline goes back up while we look for the cause.",
                    floor="6.0",
                ),
            ),
            dips=(
                Dip(
                    16,
                    15,
                    0.12,
                    (
                        Answer(
                            "adjust",
                            "The yearly price first, the monthly one under it.",
                            "One visitor in sixteen starts a trial",
                        ),
                    ),
                ),
                Dip(1, 1, 0.1),
            ),
        ),
    ),
    helped=(
        "The table of plans fits on a phone now.",
        "Nobody asked support for the price this week.",
    ),
    in_the_way=(
        "The test needs another week before it says anything.",
        "Two thirds of the visitors come with an old link.",
    ),
)

ROADSHOW = Work(
    "Autumn roadshow",
    priority=1,
    team="Demand",
    about="Six towns in ten weeks, with a van and a coffee machine.",
    owners=(("lucia", 27),),
    budget=22000,
    metrics=(
        Metric(
            "Visitors met",
            "leading",
            34,
            40,
            8,
            unit="people",
            limits=(Limit("Below 25: two days of invitations before the next town.", floor="25"),),
            dips=(
                Dip(
                    15,
                    14,
                    0.2,
                    (
                        Answer(
                            "adjust",
                            "The van stands at the trade school, not in the high street.",
                            "25 visitors a week",
                            check=1,
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("The trade school asked us to come back.",),
    in_the_way=("Rain on market day.",),
)

WORKS = (PARTNER_WEBINARS, PRICING, ROADSHOW)
