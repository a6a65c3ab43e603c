package main

import (
	"encoding/json"
	"strconv"
)

// chain is a workflow of a trigger and pure nodes.
func chain(n int) []byte {
	type m = map[string]any
	nodes := []m{{"id": "t", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": []int{0, 0}, "parameters": m{}}}
	links := m{}
	before := "Start"
	for i := 1; i < n; i++ {
		name := "Set " + strconv.Itoa(i)
		nodes = append(nodes, m{"id": strconv.Itoa(i), "name": name, "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": []int{i * 200, 0},
			"parameters": m{"assignments": m{"assignments": []m{{"id": "a", "name": "n" + strconv.Itoa(i), "value": "={{ $json.n" + strconv.Itoa(i-1) + " }}", "type": "string"}}}, "includeOtherFields": true, "options": m{}}})
		links[before] = m{"main": [][]m{{{"node": name, "type": "main", "index": 0}}}}
		before = name
	}
	b, _ := json.Marshal(m{"name": "bench " + strconv.Itoa(n), "nodes": nodes, "connections": links, "settings": m{"executionOrder": "v1"}})
	return b
}
