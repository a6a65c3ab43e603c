package dynamostore

// moveFull takes tokens of a bucket, which is one number: when it will be full
// again, in microseconds (the generic cell rate algorithm). One that is thought to
// be full is moved on from now; another from wherever it is by then, as long as
// that is not past latest. Each is the time in which the tokens come.
func moveFull(attr string, isFull bool, now, each, latest int64) expression {
	var e expression
	e.value(":now", num(now))
	if isFull {
		e.Set(attr, num(now+each))
		e.If("attribute_not_exists(" + attr + ") OR " + attr + " <= :now")
		return e
	}
	e.SetRaw(attr + " = " + attr + " + :each")
	e.value(":each", num(each))
	e.value(":most", num(latest-each))
	e.If(attr + " > :now AND " + attr + " <= :most")
	return e
}
