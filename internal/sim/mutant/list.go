package main

// mutants are the rules of the protocol that the simulation must not let be broken.
// Rules behind which another one stands are not among them: the link of a child, whose
// parent's guard stands before it; the guard of a checkpoint of pure nodes, which come
// out the same whoever runs them; the time of a run, which advance and each node ask for.
// The schedules that find the last two are too rare to wait for; the test that plays
// them is named instead.
var mutants = []mutant{
	{
		rule: "one slot more than the limit is given",
		file: "internal/dynamostore/slots.go",
		old:  `size(le) < :limit`,
		text: `size(le) <= :limit`,
	},
	{
		rule: "a slot is given back by a generation that does not hold it any more",
		file: "internal/dynamostore/slots.go",
		old:  "\te.If(\"begins_with(le.#e, :gen)\")\n\te.value(\":gen\", str(strconv.Itoa(gen)+\"|\"))\n",
		text: "\te.If(\"attribute_exists(le.#e)\")\n\t_ = gen\n",
	},
	{
		rule: "a place in line is not left when a slot is given",
		file: "internal/admission/grant.go",
		old:  "\treturn d.Store.Unpark(ctx, execution.Ref{Tenant: m.Tenant, ID: m.Execution}, m.Generation)\n",
		text: "\treturn nil\n",
	},
	{
		rule: "a place in line of a run that has ended gets a slot",
		file: "internal/dynamostore/slots.go",
		old:  `aws.String("st = :queued AND gn = :gen")`,
		text: `aws.String("st = :queued OR gn = :gen")`,
	},
	{
		rule: "the slot of a run that died while it was suspended is kept",
		file: "internal/admission/sweep.go",
		old:  "gone || c.Status.Terminal() || c.Status == execution.Waiting:",
		text: "gone || c.Status.Terminal():",
		by:   "internal/sim.TestSlotThatNobodyLivedToFreeIsGivenOn",
	},
	{
		rule: "sweep passes by a line of which nobody is due",
		file: "internal/admission/sweep.go",
		old:  "\tif err := d.lined(ctx, tenants); err != nil {\n\t\treturn done, err\n\t}\n",
		text: "",
		by:   "internal/sim.TestSlotThatNobodyLivedToFreeIsGivenOn",
	},
	{
		rule: "a claim does not ask for the generation",
		file: "internal/dynamostore/journal.go",
		old:  "\te := guarded(g)\n\te.If(\"attribute_not_exists(cx) AND attribute_not_exists(cl.#s)\")\n",
		text: "\tvar e expression\n\te.If(\"attribute_not_exists(cx) AND attribute_not_exists(cl.#s)\")\n",
	},
	{
		rule: "an ending does not ask for the generation",
		file: "internal/dynamostore/settle.go",
		old:  "\t\t\te = guarded(s.Guard)\n",
		text: "",
	},
	{
		rule: "an unsafe node whose function died runs again",
		file: "internal/execution/advance.go",
		old:  "if claim.Safe || decision == OutcomeRetry {",
		text: "if decision != OutcomeSkip {",
	},
	{
		rule: "a node that has run runs again from a state that others share with it",
		file: "internal/execution/replay.go",
		old:  "if err != nil || log.has(runID{t.Node, t.Run}, b.log) {",
		text: "if _ = log; err != nil {",
		by:   "internal/execution.TestNodesThatAreOutTogetherShareOneState",
	},
	{
		rule: "a node starts although the run's time is up",
		file: "internal/execution/task.go",
		old:  "if overtime(c, st.wf, r.Clock.Now()) {",
		text: "if false && overtime(c, st.wf, r.Clock.Now()) {",
	},
	{
		rule: "a repeated request is counted again",
		file: "internal/dynamostore/create.go",
		old:  "\tif item, failed := failedAt(reasons, writeControl); failed {\n",
		text: "\tif item, failed := failedAt(reasons, writeControl); failed {\n\t\tvar again expression\n\t\tagain.Add(\"runs\", 1)\n\t\t_, _, _ = r.update(ctx, countersKey(c.Tenant), again)\n",
	},
	{
		rule: "a budget holds more than its limit",
		file: "internal/dynamostore/ledger_cap.go",
		old:  "\t\tc.draw.If(\"attribute_not_exists(cm) OR cm <= :room\")\n\t\tc.draw.value(\":room\", num(limit-total))\n",
		text: "",
	},
	{
		rule: "a reservation is closed again when the answer was lost",
		file: "internal/dynamostore/ledger.go",
		old:  "\tstate.If(attrState + \" = :from\")\n\tstate.value(\":from\", str(from))\n",
		text: "\tstate.If(\"attribute_exists(pk)\")\n\t_ = from\n",
	},
	{
		rule: "a usage record is written before its reservation is settled, and repeated",
		file: "internal/dynamostore/ledger.go",
		old:  "\tkey := usageKey(t, r.Period, r.ID)\n",
		text: "\tkey := usageKey(t, r.Period, r.ID)\n\tif rec != nil {\n\t\tearly, _ := encodeUsage(usageKey(t, r.Period, r.ID+from), *rec)\n\t\tif _, _, err := l.transact(context.Background(), l.putWrite(early, \"\")); err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t}\n",
	},
	{
		rule: "a model's call whose answer was lost is not counted",
		file: "internal/usage/metered.go",
		old:  "if fault.Of(err).Outcome == fault.Unknown {",
		text: "if false {",
	},
	{
		rule: "a cancel does not reach the run that is waited for",
		file: "internal/execution/canceller.go",
		old:  "\t_, err := k.Cancel(ctx, Ref{c.Tenant, c.Child})\n", text: "\tvar err error\n",
		by: "internal/sim.TestCancelOfAParentEndsItsChildren",
	},
	{
		rule: "a resume forgets an unknown outcome that nobody has decided on",
		file: "internal/execution/state.go",
		old:  `r.Generation >= c.ResumedAt || undecided(r) && c.Outcome == ""`, text: `r.Generation >= c.ResumedAt`,
		by: "internal/execution.TestWhichFailureEndsARun",
	},
	{
		rule: "what follows a message does not wait for the answer",
		file: "internal/execution/await.go",
		old:  "return until, waits && !r.Failed()", text: "return until, false && waits",
		by: "internal/sim.TestAnswersThatDoNotCount",
	},
}
