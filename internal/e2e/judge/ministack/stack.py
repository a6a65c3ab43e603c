#!/usr/bin/env python3
"""Makes up for what MiniStack 1.4.21 lacks, after a plain `sam deploy`; then hosts the stack's functions.

stack.py ENDPOINT STACK BUILD_FOLDER PORT

1. Its CloudFormation drops the OpenAPI body that SAM gives the HTTP API: the API exists and has no routes and no
   authorizer. This makes both from the built template's HttpApi events.
2. Its own host of provided.* functions may invoke one twice for one event. This host keeps the bootstraps of the build
   warm and gives each event to one of them, exactly once; MiniStack calls it for each invocation
   (MINISTACK_LAMBDA_PROXY_URL).

Prints one line of JSON when it serves: {"api", "runs", "catalog"}. Ends with its input.

What else MiniStack cannot do, and what is therefore not judged here: policies are not enforced; EventBridge Scheduler
stores schedules and calls nothing, so sweep does not run; alarms, dashboards and log retention are names only; a queue's
event takes 0.6 s to arrive; MaximumConcurrency and RecursiveLoop are stored and have no effect.
"""
import json
import os
import queue
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import samtranslator.yaml_helper as sam_yaml

endpoint, stack, build = sys.argv[1:4]
port = int(sys.argv[4])
access = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
cloudformation, functions_api = boto3.client("cloudformation", **access), boto3.client("lambda", **access)
template = sam_yaml.yaml_parse(open(os.path.join(build, "template.yaml")).read())


def resources(name):
    """The physical ids of a stack's resources by logical id."""
    found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found}


physical = resources(stack)
folders = {physical[id]: os.path.join(build, id) for id, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}


def arn(function):
    return f"arn:aws:lambda:us-east-1:000000000000:function:{function}"


def attribute(value):
    """The resource that {"Fn::GetAtt": …} names."""
    at = value["Fn::GetAtt"]
    return (at if isinstance(at, list) else at.split("."))[0]


def make_routes():
    """Makes the authorizer and the routes of the HTTP API; returns its id."""
    gateway = boto3.client("apigatewayv2", **access)
    api = physical["HttpApi"]
    auth = template["Resources"]["HttpApi"]["Properties"]["Auth"]
    name = auth["DefaultAuthorizer"]
    spec = auth["Authorizers"][name]
    authorizer = gateway.create_authorizer(
        ApiId=api, Name=name, AuthorizerType="REQUEST",
        AuthorizerPayloadFormatVersion=spec["AuthorizerPayloadFormatVersion"], EnableSimpleResponses=spec["EnableSimpleResponses"],
        AuthorizerResultTtlInSeconds=spec["Identity"]["ReauthorizeEvery"],
        IdentitySource=["$request.header." + h for h in spec["Identity"]["Headers"]],
        AuthorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn(physical[attribute(spec["FunctionArn"])]) + "/invocations",
    )["AuthorizerId"]
    for id, r in template["Resources"].items():
        for event in (r.get("Properties", {}).get("Events") or {}).values():
            if event["Type"] != "HttpApi":
                continue
            p = event["Properties"]
            integration = gateway.create_integration(
                ApiId=api, IntegrationType="AWS_PROXY", PayloadFormatVersion=p["PayloadFormatVersion"], IntegrationUri=arn(physical[id]),
            )["IntegrationId"]
            closed = {} if p.get("Auth", {}).get("Authorizer") == "NONE" else {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}
            gateway.create_route(ApiId=api, RouteKey=f"{p['Method'].upper()} {p['Path']}", Target="integrations/" + integration, **closed)
    return api


class Handler(BaseHTTPRequestHandler):
    protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True

    def log_message(self, *args):
        pass

    def reply(self, code, body=b"", **headers):
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        out = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            out += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return out


class Instance:
    """One process of a function, with a Runtime API of its own."""

    def __init__(self, name, variables):
        self.events, self.answers, instance = queue.Queue(), {}, self

        class Runtime(Handler):
            def do_GET(self):
                request, event, deadline = instance.events.get()
                self.reply(200, event, Lambda_Runtime_Aws_Request_Id=request, Lambda_Runtime_Deadline_Ms=deadline,
                           Lambda_Runtime_Invoked_Function_Arn=arn(name), Content_Type="application/json")

            def do_POST(self):
                body, parts = self.body(), self.path.split("/")
                if "invocation" in parts:
                    waiting = instance.answers.pop(parts[parts.index("invocation") + 1], None)
                    if waiting:
                        waiting.put((parts[-1] == "response", body))
                self.reply(202)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_address[1]}", "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": endpoint,
            "PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/"),
        }
        log = open(os.path.join(logs, name + ".log"), "ab") if logs else subprocess.DEVNULL
        self.process = subprocess.Popen([os.path.join(folders[name], "bootstrap")], env={**variables, **own}, stdout=log, stderr=log)

    def run(self, request, event, deadline):
        answer = self.answers[request] = queue.Queue()
        self.events.put((request, event, deadline))
        return answer.get(timeout=max(0.1, int(deadline) / 1000 - time.time()))


class Proxy(Handler):
    """What MiniStack calls for each invocation."""

    def do_POST(self):
        name, event = self.headers["X-Amzn-Lambda-Function-Name"], self.body()
        try:
            instance = idle[name].get_nowait()
        except queue.Empty:
            instance = Instance(name, environments[name])
            everyone.append(instance)
        try:
            ok, body = instance.run(self.headers["X-Amzn-Lambda-Request-Id"], event, self.headers["X-Amzn-Lambda-Deadline-Ms"])
        except queue.Empty:
            instance.process.kill()
            return self.reply(504, b'{"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}')
        idle[name].put(instance)
        self.reply(200 if ok else 500, body, content_type="application/json")


logs = os.environ.get("JUDGE_LOGS", "")
idle, environments, everyone = {n: queue.LifoQueue() for n in folders}, {}, []
for n in folders:
    environments[n] = functions_api.get_function_configuration(FunctionName=n).get("Environment", {}).get("Variables", {})
    proxied = {**environments[n], "MINISTACK_LAMBDA_PROXY_URL": f"http://127.0.0.1:{port}/"}
    functions_api.update_function_configuration(FunctionName=n, Environment={"Variables": proxied})
server = ThreadingHTTPServer(("127.0.0.1", port), Proxy)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
any_environment = next(iter(environments.values()))
print(json.dumps({"api": make_routes(), "runs": any_environment["RUNS_TABLE"], "catalog": any_environment["CATALOG_TABLE"]}), flush=True)
try:
    sys.stdin.read()
finally:
    for i in everyone:
        i.process.kill()
