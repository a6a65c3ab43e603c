# How a function with cgo (search, embed) is built for Lambda. Its Makefile says
#
#   include $(dir $(lastword $(MAKEFILE_LIST)))/../../layers/onnxruntime/function.mk
#   build-SearchFunction: ; $(call build-cgo-function,search)
#
# and its resource Metadata: { BuildMethod: makefile }. zig makes it fit Lambda's
# glibc on any machine; the check fails the build if it does not.
ONNXRUNTIME := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
ROOT := $(abspath $(ONNXRUNTIME)/../..)
# The architecture of the functions in template.yaml.
LAMBDA_ARCH ?= arm64

define build-cgo-function
	cd "$(ROOT)" && CGO_ENABLED=1 GOOS=linux GOARCH=$(LAMBDA_ARCH) CC="$(ONNXRUNTIME)/zigcc.sh" \
		go build -trimpath -tags lambda.norpc,netgo,osusergo -ldflags "-s -w" -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(1)
	cd "$(ROOT)" && go run ./layers/onnxruntime check "$(ARTIFACTS_DIR)/bootstrap"
endef
