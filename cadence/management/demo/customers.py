"""The second priority: what is done so that customers stay and grow."""

from cadence.management.demo.plot import Answer, Dip, Hole, Limit, Metric, Work

HEALTH_CHECKS = Work(
    "Health checks",
    priority=2,
    team="Customer success",
    about="Half an hour with every customer each quarter, before they have a reason to call.",
    owners=(("salma", 27),),
    budget=45000,
    metrics=(
        Metric(
            "Net revenue retention",
            "lagging",
            104.5,
            105.6,
            1.4,
            unit="%",
            decimals=1,
            read="month",
            how="mean",
            limits=(Limit("Below 102%: Dana calls the five largest that shrank.", floor="102"),),
            dips=(
                Dip(
                    4,
                    4,
                    0.02,
                    (
                        Answer(
                            "escalate",
                            "Two large customers closed sites. What we offer them is "
                            "not for me to say.",
                            "An offer for customers that shrink",
                            to="dana",
                            check=9,
                        ),
                        Answer(
                            "reallocate",
                            "A smaller plan, and somebody who offers it.",
                            "Retention back above 102%",
                            check=1,
                            moved=("New features", "A plan for small sites", "15,000 EUR"),
                            by="dana",
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Health checks held",
            "leading",
            33,
            36,
            4,
            unit="calls",
            leads_to="Net revenue retention",
            limits=(
                Limit("Below 30: no internal meetings on Wednesday until it is back.", floor="30"),
            ),
            dips=(
                Dip(17, 16, 0.2, (Answer("agreed", expected="30 calls a week", check=1),)),
                Dip(
                    2,
                    1,
                    0.1,
                    (
                        Answer(
                            "adjust",
                            "Calls are booked when the last one ends, not by mail afterwards.",
                            "30 calls a week",
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Accounts without contact",
            "leading",
            9.5,
            10.5,
            1.8,
            unit="accounts",
            how="last",
            leads_to="Net revenue retention",
            limits=(
                Limit("More than 12: each of us takes three of them, this week.", ceiling="12"),
            ),
            dips=(
                Dip(
                    24,
                    23,
                    0.2,
                    (
                        Answer(
                            "reallocate",
                            "Two days of everybody in the team.",
                            "At most 12 accounts",
                            check=1,
                            moved=("Onboarding calls", "Silent accounts", "2 days each"),
                        ),
                    ),
                ),
                Dip(
                    5,
                    1,
                    0.28,
                    (
                        Answer(
                            "adjust",
                            "A list on Monday, with a name beside each account.",
                            "At most 12 accounts",
                            check=3,
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Referrals asked for",
            "leading",
            9.5,
            11.5,
            1.8,
            unit="referrals",
            leads_to="Net revenue retention",
            limits=(Limit("Below eight: ask in every call of the next week.", floor="8"),),
            dips=(
                Dip(
                    11,
                    11,
                    0.25,
                    (
                        Answer(
                            "adjust",
                            "The question moves to the end of the call, after the thanks.",
                            "Eight a week",
                            check=1,
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=(
        "Customers answer when the mail comes from their own person.",
        "The short form takes ten minutes less.",
    ),
    in_the_way=(
        "Two of six were on leave.",
        "Nobody knows who looks after the accounts of the old resellers.",
    ),
)

WIN_BACK = Work(
    "Win-back sequence",
    priority=2,
    team="Customer success",
    about="A call, a letter and an offer for those who left in the last year.",
    owners=(("salma", 27), ("jonas", 20)),
    budget=18000,
    metrics=(
        Metric(
            "Accounts won back",
            "lagging",
            6.5,
            7.5,
            1.2,
            unit="accounts",
            read="month",
            limits=(Limit("Below five: the offer goes to the next hundred.", floor="5"),),
        ),
        Metric(
            "Win-back calls",
            "leading",
            45,
            47,
            6,
            unit="calls",
            leads_to="Accounts won back",
            limits=(Limit("Below 40: an hour of calls together, every morning.", floor="40"),),
            dips=(Dip(13, 12, 0.15, (Answer("agreed", expected="40 calls a week"),)),),
        ),
    ),
    helped=("Those who left for the price come back for the phone support.",),
    in_the_way=("A third of the numbers no longer work.",),
)

ONBOARDING = Work(
    "Self-serve onboarding",
    priority=2,
    team="Onboarding",
    about="A new account plans its first week of visits without talking to us.",
    owners=(("mei", 27),),
    budget=52000,
    metrics=(
        Metric(
            "Activated accounts",
            "lagging",
            68,
            82,
            7,
            unit="accounts",
            limits=(Limit("Below 60: everybody calls three new accounts.", floor="60"),),
            dips=(Dip(16, 15, 0.1, (Answer("agreed", expected="60 accounts a week"),)),),
        ),
        Metric(
            "Trials reaching first value",
            "leading",
            41,
            44,
            4,
            unit="%",
            decimals=1,
            how="mean",
            swing=2,
            leads_to="Activated accounts",
            limits=(
                Limit(
                    "Below 35% the tour of last month goes back; above 60% we are counting wrong.",
                    floor="35",
                    ceiling="60",
                ),
            ),
            dips=(
                Dip(
                    18,
                    16,
                    0.14,
                    (
                        Answer(
                            "adjust",
                            "The tour begins with the customer’s own calendar.",
                            "Back above 35%",
                            check=1,
                        ),
                        Answer(
                            "reallocate",
                            "Somebody sits with ten new customers and watches.",
                            "Back above 35%",
                            check=1,
                            by="rafael",
                            moved=("Reports", "Onboarding", "1 designer, 2 weeks"),
                        ),
                    ),
                ),
                Dip(
                    2,
                    1,
                    0.07,
                    (
                        Answer(
                            "adjust",
                            "The import of addresses takes a spreadsheet as it is.",
                            "Back above 35%",
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Trial sign-ups",
            "leading",
            206,
            246,
            24,
            unit="trials",
            read="day",
            judged="week",
            machine=True,
            leads_to="Activated accounts",
            limits=(
                Limit("Below 180: the search budget of next week is spent this week.", floor="180"),
            ),
            dips=(Dip(7, 7, 0.1, (Answer("agreed", expected="180 trials a week", check=1),)),),
        ),
        Metric(
            "Set-up time",
            "leading",
            43,
            37,
            3,
            unit="minutes",
            how="mean",
            leads_to="Activated accounts",
            limits=(
                Limit("Longer than 50 minutes: the step that takes longest goes.", ceiling="50"),
                Limit(
                    "Longer than 45 minutes: the step that takes longest goes.",
                    ceiling="45",
                    since=14,
                    reason="50 was never in danger.",
                ),
            ),
        ),
    ),
    helped=(
        "Sample data in the calendar: people try before they type.",
        "The address import lost its third screen.",
    ),
    in_the_way=(
        "The import fails on spreadsheets from the two largest wholesalers.",
        "Nobody reads the welcome mail.",
    ),
)

SUPPORT = Work(
    "Support replies",
    priority=2,
    team="Customer success",
    about="A first answer on the same morning, and one that does not come back.",
    owners=(("sara", 27), ("salma", 16)),
    budget=30000,
    metrics=(
        Metric(
            "Customer satisfaction",
            "lagging",
            90.5,
            91.5,
            0.9,
            unit="%",
            decimals=1,
            most=100,
            read="month",
            how="mean",
            limits=(Limit("Below 88%: read the twenty worst tickets together.", floor="88"),),
        ),
        Metric(
            "First reply time",
            "leading",
            4.7,
            4.9,
            0.6,
            unit="hours",
            decimals=1,
            read="day",
            judged="week",
            how="mean",
            machine=True,
            leads_to="Customer satisfaction",
            limits=(Limit("Above six hours: engineers answer on Thursday morning.", ceiling="6"),),
            dips=(Dip(11, 10, 0.2, (Answer("agreed", expected="A reply within six hours"),)),),
        ),
        Metric(
            "Reopened tickets",
            "leading",
            6.5,
            6.2,
            0.8,
            unit="%",
            decimals=1,
            how="mean",
            leads_to="Customer satisfaction",
            limits=(Limit("Above 8%: a second pair of eyes before closing.", ceiling="8"),),
            holes=(
                Hole(
                    13,
                    later=2,
                    answers=(
                        Answer(
                            "recovered", "The export stood still for a week; the figure came later."
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("Answers that were written once are found now.",),
    in_the_way=("The new release brought forty questions about one button.",),
)

WORKS = (HEALTH_CHECKS, WIN_BACK, ONBOARDING, SUPPORT)
