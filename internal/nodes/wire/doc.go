// Package wire is what the nodes that speak HTTP share: bodies and queries as
// they are written out, answers as they are read, and what a status that is no
// success means for the run.
package wire
