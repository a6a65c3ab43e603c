package judge

import "maps"

// completing is a workflow with everything that the state machine does: rounds of
// advance, parallel nodes of two families, an attempt that is repeated after a
// wait, a wait of its own, and, where the judge can let one die, a dead function.
func (w *World) completing() map[string]any {
	nodes := []map[string]any{
		trigger(),
		set("Numbers"),
		w.call("Order", "POST", "/order", nil),
		w.call("Flaky", "GET", "/flaky", map[string]any{"retryOnFail": true, "maxTries": 3, "waitBetweenTries": 1000}),
		code("Double"),
		{"name": "Pause", "type": "n8n-nodes-base.wait", "typeVersion": 1.1, "parameters": map[string]any{"resume": "timeInterval", "amount": 1, "unit": "seconds"}},
		w.call("Last", "GET", "/last", nil),
	}
	links := map[string][]string{"Start": {"Numbers"}, "Numbers": {"Order", "Flaky"}, "Order": {"Double"}, "Double": {"Pause"}, "Pause": {"Last"}}
	if w.Dies {
		nodes = append(nodes, w.call("Dies", "GET", "/dies", nil))
		links["Last"] = []string{"Dies"}
	}
	return graph("judge: completes", nodes, links)
}

// completed is what must come of it.
func (w *World) completed() Outcome {
	out := Outcome{
		Status: "completed",
		Nodes: map[string]string{
			"Start": "completed 1", "Numbers": "completed 1", "Order": "completed 1", "Flaky": "completed 2",
			"Double": "completed 1", "Pause": "completed 1", "Last": "completed 1",
		},
		Calls: map[string]int{"/order": 1, "/flaky": 2, "/last": 1},
	}
	if w.Dies {
		out.Nodes["Dies"], out.Calls["/dies"] = "completed 2", 1
	}
	return out
}

// failing is a workflow whose second call fails until its server is mended.
func (w *World) failing() map[string]any {
	return graph("judge: fails", []map[string]any{
		trigger(),
		w.call("Paid", "POST", "/paid", nil),
		w.call("Broken", "GET", "/broken", nil),
		w.call("Never", "GET", "/never", nil),
	}, map[string][]string{"Start": {"Paid"}, "Paid": {"Broken"}, "Broken": {"Never"}})
}

func trigger() map[string]any {
	return map[string]any{"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "parameters": map[string]any{}}
}

func set(name string) map[string]any {
	return map[string]any{"name": name, "type": "n8n-nodes-base.set", "typeVersion": 3.4, "parameters": map[string]any{
		"assignments": map[string]any{"assignments": []any{map[string]any{"id": "1", "name": "n", "value": 21, "type": "number"}}},
	}}
}

func code(name string) map[string]any {
	return map[string]any{"name": name, "type": "n8n-nodes-base.code", "typeVersion": 2, "parameters": map[string]any{
		"jsCode": "return $('Numbers').all().map(i => ({json: {n: i.json.n * 2}}));",
	}}
}

func (w *World) call(name, method, path string, settings map[string]any) map[string]any {
	n := map[string]any{"name": name, "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2, "parameters": map[string]any{
		"method": method, "url": w.Server.URL(path),
	}}
	maps.Copy(n, settings)
	return n
}

// graph makes a workflow as n8n exports it.
func graph(name string, nodes []map[string]any, links map[string][]string) map[string]any {
	connections := map[string]any{}
	for from, to := range links {
		var main []any
		for _, t := range to {
			main = append(main, map[string]any{"node": t, "type": "main", "index": 0})
		}
		connections[from] = map[string]any{"main": []any{main}}
	}
	for i, n := range nodes {
		n["id"], n["position"] = n["name"], []int{200 * i, 0}
	}
	return map[string]any{"name": name, "nodes": nodes, "connections": connections, "settings": map[string]any{"executionOrder": "v1"}}
}
