package node

// paramSource resolves a parameter for one item; Execute provides it.
type paramSource interface {
	Param(name string, item int) (any, error)
}
