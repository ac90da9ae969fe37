"""The check of the wall between organizations: every query on a tenant's model begins with `of_organization()`.

`python -m script.wall` reads the product's code as syntax trees, and the models as Django knows them. A query begins
where a model's manager is named, and there it has to be confined: not three lines further down, where the next change
forgets it. What a function hands out that it has not confined is a beginning again for its callers. Rows and querysets
that are reached from a row in hand (`contact.calls`, `call.recordings`) begin nowhere.

The few that look at every organization say so:

    # wall: which organization a delivery is of is what this finds out
    accounts = VoiceAccount.objects.filter(provider=provider, account_id=account_id)

The comment stands above the statement, or at the end of the line, and gives a reason. Above a function it speaks of
what the function hands out to other modules, not of the queries in it. One without a reason is refused, and so is one
that nothing needs.

What it cannot see: whose id `of_organization()` is given, and what a filter reaches across a relation. tests/
test_isolation.py asks for that through HTTP.
"""
