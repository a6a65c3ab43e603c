// Package templates runs the test cases of workflow templates: real node types,
// with every call that leaves the platform answered by the case.
//
// Nothing of the cloud takes part: a walk.Walker gives the steps and node.Execute
// runs them, as in the engine. Each step sees only the mocks of its own node and
// of the nodes that hang on it (models, tools), so a call of the wrong node, a
// call with other contents and a call that is not made at all fail the case.
package templates
