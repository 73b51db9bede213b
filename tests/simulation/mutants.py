"""Planted bugs as data: small edits of the real code, each of which the simulator should find."""

from dataclasses import dataclass

CORE, PERFORMERS = "shared/core", "shared/performers"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the one place of `path` that reads `old` by `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: its name, and the edits that plant it; `excuse` says why it can not be found, "" when it must be."""

    name: str
    edits: tuple[Edit, ...]
    excuse: str = ""


def _one(name: str, path: str, old: str, new: str, excuse: str = "") -> Mutant:
    return Mutant(name, (Edit(path, old, new),), excuse)


LEDGER_AND_ENGINE = (
    _one(
        "no dedupe",
        f"{CORE}/record.py",
        "    if entry is not None:\n        return met(fact, entry.body)",
        "    if entry is not None:\n        return Seen.NEW",
    ),
    _one(
        "conflicts count as known",
        f"{CORE}/record.py",
        "Seen.APPLIED if same else Seen.CONFLICT",
        "Seen.APPLIED",
    ),
    _one("orders are not outstanding", f"{CORE}/record.py", "), *orders),\n    )", "),),\n    )"),
    _one("lasting orders end with the stage", f"{CORE}/record.py", "if order.lasting or not moved", "if not moved"),
    _one("orders outlive their stage", f"{CORE}/record.py", "if order.lasting or not moved", "if True"),
    _one("answers are ignored", f"{CORE}/record.py", "if order.key != fact.answers", "if order.key"),
    _one("ledger link wrong", f"{CORE}/record.py", "prev=head(ledger, ", "prev=head(ledger[:-1], "),
    _one(
        "ledger hash leaves out the sentence",
        f"{CORE}/ledger.py",
        'del content["hash"]',
        'del content["hash"], content["sentence"]',
    ),
    _one(
        "send before write",
        "shared/engine.py",
        "        record = decision.record\n        try:",
        "        record = decision.record\n        self.send(decision.orders)\n        try:",
    ),
    _one(
        "lost races are swallowed",
        "shared/engine.py",
        "            except Conflict:\n                self._pause",
        "            except Conflict:\n                return None\n                self._pause",
    ),
    _one(
        "give up on the first 412",
        "shared/engine.py",
        "for attempt in range(TRIES):\n            try:\n                return self._once",
        "for attempt in range(1):\n            try:\n                return self._once",
    ),
    _one(
        "a doubtful write is believed",
        "shared/engine.py",
        'raise Conflict(f"the write of {fact.document} may have landed: {doubt}") from doubt',
        "log.info('%s', doubt)",
    ),
    _one(
        "nothing is sent again for a known fact",
        "shared/engine.py",
        "        if record and known is Seen.APPLIED:\n            self.send(record.caused_by(fact))",
        "        if record and known is Seen.APPLIED:",
    ),
    _one(
        "no conditional write",
        "shared/engine.py",
        "self._documents.write(fact.document, wire.encode_record(record), etag, labels(record))",
        "stored = self._documents.read(fact.document)\n            self._documents.write(fact.document, wire.encode_record(record), stored.etag if stored else None, labels(record))",
    ),
    _one("orders are not sent", "shared/engine.py", "        self.send(decision.orders)\n", ""),
    _one(
        "the first order of several is not sent",
        "shared/engine.py",
        "        self.send(decision.orders)\n",
        "        self.send(decision.orders[1:] or decision.orders)\n",
    ),
    _one("orders start at once", "shared/engine.py", "                not_before=order.not_before,\n", ""),
    _one(
        "the sweeper is off",
        "shared/engine.py",
        'if marks.get("overdue") and float(marks["overdue"]) <= now:',
        "if False:",
    ),
    _one(
        "the sweeper is too eager",
        "shared/engine.py",
        "return max(order.not_before, order.given) + order.patience",
        "return order.given - 900",
    ),
    _one("the sweeper says the same message again", "shared/engine.py", 'f"sweep {int(now // every_seconds)}"', '"0"'),
)

QUEUES = (
    _one(
        "the same message id again",
        "shared/pipeline.py",
        'slot = f"again {seconds:g} {int(due // seconds)}"',
        'slot = "again"',
    ),
    _one("looking again is forgotten", "shared/pipeline.py", "                self._look_again(errand, seconds)\n", ""),
    _one(
        "news are not told",
        "shared/pipeline.py",
        "                self._intake.tell(facts)\n",
        "                self._intake.tell(facts[1:])\n",
    ),
    _one(
        "facts of the unknown are dropped",
        "shared/pipeline.py",
        "            self._intake.refuse(source, answer.reason, FACTS, door)\n",
        "            del source, door\n",
    ),
    _one(
        "no stale-order drop",
        f"{PERFORMERS}/performing.py",
        "record is None or not record.waits_for(order.key)",
        "record is None",
    ),
    _one(
        "trouble abandons the order",
        f"{PERFORMERS}/performing.py",
        "        return Later(wait_after(attempt), str(trouble))\n    if",
        "        return _abandoned(order, record, str(trouble), world) if record else Done()\n    if",
    ),
    _one(
        "a refused roll-back is given up",
        f"{PERFORMERS}/performing.py",
        "if isinstance(order, do.RollBack):",
        "if False:",
    ),
    _one(
        "refused bodies are not kept",
        "shared/intake.py",
        "case = self._quarantine.keep(body, reason, source, self._clock.now(), door)",
        'case = ""',
    ),
    _one(
        "a broken event hides its body",
        "shared/intake.py",
        "            self.refuse(body, str(problem), MODEL_EVENTS, MODEL_EVENTS)\n            return\n        for",
        "            return\n        for",
    ),
    _one(
        "bodies are logged",
        "shared/intake.py",
        'log.warning("quarantined %s from %s: %s", case, source, reason)',
        'log.warning("quarantined %s from %s: %s %r", case, source, reason, body)',
    ),
    _one(
        "repetitions from outside get one id",
        "shared/intake.py",
        "digest_of([fact.id, fact.body, self._clock.now()]) if fact.body else fact.id",
        "fact.id",
    ),
)

TRAFFIC = (
    _one(
        "no wait for the write under way", f"{PERFORMERS}/rollout.py", "    if now < endpoint.until:", "    if False:"
    ),
    _one(
        "another holder is ignored",
        f"{PERFORMERS}/rollout.py",
        'endpoint.holder not in ("", release.key) and _still_rolling',
        "False and _still_rolling",
    ),
    _one(
        "no read-back",
        f"{PERFORMERS}/rollout.py",
        "if weights == dict(view.traffic) == endpoint.desired:",
        "if weights == endpoint.desired:",
    ),
    _one("the intent is not written", f"{PERFORMERS}/rollout.py", "    world.keep_traffic(intent, etag)\n", ""),
    _one("measures since ever", f"{PERFORMERS}/rollout.py", "if window.start >= order.since", "if window.start >= 0"),
    _one(
        "measures another deployment",
        f"{PERFORMERS}/rollout.py",
        'other = endpoint.live if endpoint.live != release.deployment else ""',
        'other = ""',
    ),
    _one(
        "a dropped shift is carried out",
        f"{PERFORMERS}/rollout.py",
        "    if world.dropped(order):\n        return Done()\n",
        "",
    ),
    _one(
        "a roll-back is told before it is done",
        f"{PERFORMERS}/rollout.py",
        "    if view is None or not _touched(endpoint, view, release):",
        "    if True:",
    ),
    _one("the endpoint stays held", f"{CORE}/traffic.py", 'previous=previous, holder="")', "previous=previous)"),
    _one(
        "a roll-back leaves the endpoint held",
        f"{CORE}/traffic.py",
        'free = replace(forgotten(endpoint, deployment), holder="")',
        "free = forgotten(endpoint, deployment)",
    ),
    _one("sum is not 100", f"{CORE}/traffic.py", "endpoint.live: 100 - weight}", "endpoint.live: 90 - weight}"),
    Mutant(
        "sum is not 100, and nobody checks",
        (
            Edit(f"{CORE}/traffic.py", "endpoint.live: 100 - weight}", "endpoint.live: 90 - weight}"),
            Edit(f"{CORE}/traffic.py", "if weights and sum(weights.values()) != 100:", "if False:"),
        ),
    ),
    _one(
        "all traffic at the first step",
        f"{CORE}/traffic.py",
        "if weight < 100 else {deployment: 100}",
        "if weight < 1 else {deployment: 100}",
    ),
    _one("a roll-back restores nothing", f"{CORE}/traffic.py", "return {healthy: 100} if healthy else {}", "return {}"),
    _one(
        "a roll-back restores the failing one",
        f"{CORE}/traffic.py",
        "healthy = endpoint.live if endpoint.live != deployment else endpoint.previous",
        "healthy = endpoint.live",
    ),
    _one("epochs fall", f"{CORE}/traffic.py", "epoch=endpoint.epoch + 1", "epoch=endpoint.epoch - 1"),
    _one("ring fence ignored", "shared/monitoring/traffic.py", "        if sequence > fence:", "        if True:"),
    _one(
        "promotion forgets the endpoint",
        f"{PERFORMERS}/champion.py",
        "    if endpoint.live != release.deployment:\n",
        "    if False:\n",
    ),
    _one(
        "the one before is not told",
        f"{PERFORMERS}/champion.py",
        "    return Done((told_to_me, superseded))",
        "    return Done((told_to_me,))",
    ),
    _one("nobody is reinstated", f"{PERFORMERS}/champion.py", "    return (told_to_it,)", "    return ()"),
    _one(
        "a deployment is made blindly",
        f"{PERFORMERS}/deploy.py",
        "if found is None and host.state == READY:",
        "if host.state == READY:",
    ),
    _one(
        "deployed by tag",
        f"{PERFORMERS}/deploy.py",
        "image=release.image.pinned()",
        'image=f"{release.image.repository}:latest"',
    ),
    _one(
        "removes what is live again",
        f"{PERFORMERS}/deploy.py",
        "    if document.live == order.deployment:\n",
        "    if False:\n",
    ),
    _one(
        "the removed one stays the one to fall back to",
        f"{PERFORMERS}/deploy.py",
        "    if document.previous == order.deployment:\n",
        "    if False:\n",
    ),
    _one(
        "images in use are discarded",
        f"{PERFORMERS}/quarantine.py",
        "    if running := _running_on(image.digest, release, world):\n",
        '    if running := "":\n',
    ),
)

DECISIONS = (
    _one(
        "drop early evidence",
        f"{CORE}/images.py",
        'record=scanned, sentence=f"parked',
        'record=image, sentence=f"parked',
    ),
    _one(
        "known scans are not told",
        f"{CORE}/images.py",
        "for scan in image.scans)\n    known",
        "for scan in image.scans[1:])\n    known",
    ),
    _one("the older scan wins", f"{CORE}/steps.py", "newest = max((*known, scan)", "newest = min((*known, scan)"),
    _one("findings do not count", f"{CORE}/gates.py", "    if over:\n", "    if len(over) > 1:\n"),
    _one(
        "metrics do not count", f"{CORE}/gates.py", "rule.minimum, value >= rule.minimum,", "rule.minimum, value >= 0,"
    ),
    Mutant(
        "pickles count",
        (Edit(f"{CORE}/gates.py", "        bool(weights) and not refused and not model.truncated,", "        True,"),),
    ),
    _one(
        "the smoke test does not count",
        f"{CORE}/gates.py",
        "        answered and test.latency_ms <= limit,",
        "        True,",
    ),
    _one(
        "one approval less is enough",
        f"{CORE}/gates.py",
        "enough = len(people) >= policy.required",
        "enough = len(people) >= policy.required - 1",
    ),
    _one("approval of another digest", "shared/people.py", 'if answer["digest"] != release.digest:', "if False:"),
    Mutant(
        "approvals of other doors are not checked",
        (
            Edit(f"{CORE}/before_production.py", "if fact.digest != release.digest:\n", "if False:\n"),
            Edit(
                f"{CORE}/before_production.py",
                "ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if {fact.person, fact.name} & set(release.submitters):",
                "ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if False:",
            ),
            Edit(
                f"{CORE}/steps.py",
                "return waits and fact.digest == release.digest and not {fact.person, fact.name} & set(release.submitters)",
                "return waits",
            ),
            Edit(f"{CORE}/gates.py", "for approval in given if approval.digest == digest}", "for approval in given}"),
        ),
    ),
    Mutant(
        "self-approval",
        (
            Edit(
                f"{CORE}/before_production.py",
                "ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if {fact.person, fact.name} & set(release.submitters):",
                "ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if False:",
            ),
            Edit(f"{CORE}/steps.py", " and not {fact.person, fact.name} & set(release.submitters)", ""),
        ),
    ),
    _one(
        "deadlines are not watched",
        f"{CORE}/steps.py",
        "if deadline else ()\n    paused",
        "if not deadline else ()\n    paused",
    ),
    _one(
        "nobody rolls back",
        f"{CORE}/steps.py",
        'f"rolling back: {reason}", do.RollBack())',
        'f"rolling back: {reason}")',
    ),
    _one(
        "rolled back before the traffic is",
        f"{CORE}/steps.py",
        '    return enter(leaving, Stage.ROLLING_BACK, now, f"rolling back: {reason}", do.RollBack())',
        "    return end(leaving, ending, now, reason, do.RollBack())",
    ),
    _one(
        "staging is not cleared",
        f"{CORE}/before_production.py",
        "leaving = (_clear_staging(release), do.SupersedeOlder())",
        "leaving = (do.SupersedeOlder(),)",
    ),
    _one(
        "staging is not cleared after a refusal",
        f"{CORE}/before_production.py",
        "return (_clear_staging(release),) if release.stage is Stage.STAGING else ()",
        "return ()",
    ),
    _one(
        "promotion before live",
        f"{CORE}/production.py",
        "if fact.weight == rollout.FULL and not alone:",
        "if fact.weight >= 50 and not alone:",
    ),
    _one(
        "the first version is not measured",
        f"{CORE}/production.py",
        "if fact.weight == rollout.FULL and not alone:",
        "if fact.weight == rollout.FULL:",
    ),
    _one("ignore which weight was measured", f"{CORE}/production.py", "if fact.weight != release.weight:", "if False:"),
    _one(
        "a bad canary waits",
        f"{CORE}/production.py",
        "    if verdict.outcome is Outcome.FAIL:\n        return judged(leave_production(release, Stage.ROLLED_BACK, now, verdict.reason), verdict)\n    if verdict.outcome is Outcome.INCONCLUSIVE:",
        "    if verdict.outcome is not Outcome.PASS:",
    ),
    _one(
        "inconclusive is good enough",
        f"{CORE}/production.py",
        "    if verdict.outcome is Outcome.INCONCLUSIVE:\n",
        "    if False:\n",
    ),
    _one(
        "a step of the ladder is left out",
        f"{CORE}/canary.py",
        "(step for step in policy.ladder if step > weight)",
        "(step for step in policy.ladder[1:] if step > weight)",
    ),
    _one(
        "live ignores new findings",
        f"{CORE}/production.py",
        "                return judged(_recalled(release, verdict.reason, now), verdict)",
        "                return judged(note(release, verdict.reason), verdict)",
    ),
    _one(
        "the loser is not removed",
        f"{CORE}/production.py",
        "cleaning = (removal, *_refused_image(release, now))",
        "cleaning = _refused_image(release, now)",
    ),
    _one("the late news of a successor counts", f"{CORE}/production.py", "if by in release.outlived:", "if False:"),
    _one(
        "a vulnerable version serves again silently",
        f"{CORE}/production.py",
        'alert = (do.Notify(news="alert"),) if refused else ()',
        "alert, refused = (), False",
    ),
)

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*LEDGER_AND_ENGINE, *QUEUES, *TRAFFIC, *DECISIONS)}
