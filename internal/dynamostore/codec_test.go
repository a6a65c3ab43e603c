package dynamostore

// The encoder makes its channel when it is first used, and a channel that was made in
// one test's bubble (testing/synctest) is of no use to the others.
func init() { pack([]byte{0}) }
