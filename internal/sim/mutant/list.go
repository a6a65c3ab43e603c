package main

// mutants are the rules of the protocol that the simulation must not let be broken.
// Rules behind which another one stands are not among them: the link of a child, whose
// parent's guard stands before it; the guard of a checkpoint of pure nodes, which come
// out the same whoever runs them; the time of a run, which advance and each node ask for.
// Two more have tests of their own alone, as their schedules are rare: the cancel that
// reaches a child (TestCancelOfAParentEndsItsChildren) and the unknown outcome that a
// resume must not forget (TestWhichFailureEndsARun).
var mutants = []mutant{
	{
		"one slot more than the limit is given",
		"internal/dynamostore/slots.go",
		`size(le) < :limit`, `size(le) <= :limit`,
	},
	{
		"a slot is given back by a generation that does not hold it any more",
		"internal/dynamostore/slots.go",
		"\te.If(\"begins_with(le.#e, :gen)\")\n\te.value(\":gen\", str(strconv.Itoa(gen)+\"|\"))\n",
		"\te.If(\"attribute_exists(le.#e)\")\n\t_ = gen\n",
	},
	{
		"a place in line is not left when a slot is given",
		"internal/admission/grant.go",
		"\treturn d.Store.Unpark(ctx, execution.Ref{Tenant: m.Tenant, ID: m.Execution}, m.Generation)\n", "\treturn nil\n",
	},
	{
		"a place in line of a run that has ended gets a slot",
		"internal/dynamostore/slots.go",
		`aws.String("st = :queued AND gn = :gen")`, `aws.String("st = :queued OR gn = :gen")`,
	},
	{
		"a claim does not ask for the generation",
		"internal/dynamostore/journal.go",
		"\te := guarded(g)\n\te.If(\"attribute_not_exists(cx) AND attribute_not_exists(cl.#s)\")\n",
		"\tvar e expression\n\te.If(\"attribute_not_exists(cx) AND attribute_not_exists(cl.#s)\")\n",
	},
	{
		"an ending does not ask for the generation",
		"internal/dynamostore/settle.go",
		"\t\t\te = guarded(s.Guard)\n", "",
	},
	{
		"an unsafe node whose function died runs again",
		"internal/execution/advance.go",
		"if claim.Safe || decision == OutcomeRetry {", "if decision != OutcomeSkip {",
	},
	{
		"a node starts although the run's time is up",
		"internal/execution/task.go",
		"if overtime(c, st.wf, r.Clock.Now()) {", "if false && overtime(c, st.wf, r.Clock.Now()) {",
	},
	{
		"a repeated request is counted again",
		"internal/dynamostore/create.go",
		"\tif item, failed := failedAt(reasons, writeControl); failed {\n",
		"\tif item, failed := failedAt(reasons, writeControl); failed {\n\t\tvar again expression\n\t\tagain.Add(\"runs\", 1)\n\t\t_, _, _ = r.update(ctx, countersKey(c.Tenant), again)\n",
	},
	{
		"a budget holds more than its limit",
		"internal/dynamostore/ledger_cap.go",
		"\t\tc.draw.If(\"attribute_not_exists(cm) OR cm <= :room\")\n\t\tc.draw.value(\":room\", num(limit-total))\n", "",
	},
	{
		"a reservation is closed again when the answer was lost",
		"internal/dynamostore/ledger.go",
		"\tstate.If(attrState + \" = :from\")\n\tstate.value(\":from\", str(from))\n", "\tstate.If(\"attribute_exists(pk)\")\n\t_ = from\n",
	},
	{
		"a usage record is written before its reservation is settled, and repeated",
		"internal/dynamostore/ledger.go",
		"\tkey := usageKey(t, r.Period, r.ID)\n",
		"\tkey := usageKey(t, r.Period, r.ID)\n\tif rec != nil {\n\t\tearly, _ := encodeUsage(usageKey(t, r.Period, r.ID+from), *rec)\n\t\tif _, _, err := l.transact(context.Background(), l.putWrite(early, \"\")); err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t}\n",
	},
	{
		"a model's call whose answer was lost is not counted",
		"internal/usage/metered.go",
		"if fault.Of(err).Outcome == fault.Unknown {", "if false {",
	},
}
