{{/* A value by its path, as {"v": …}: that of the top level where it is given there, else that below common-scanner. */}}
{{- define "sidecar-scanner.get" -}}
{{- $root := first . -}}
{{- $path := rest . -}}
{{- $alias := dict "v" $root.Values -}}
{{- $nested := dict "v" (index $root.Values "common-scanner") -}}
{{- if ne (first $path) "safCli" -}}
{{- $_ := set $nested "v" (index $root.Values "common-scanner" "scanner-infrastructure") -}}
{{- end -}}
{{- range $path -}}
{{- if hasKey $alias "v" -}}
{{- if and (kindIs "map" $alias.v) (hasKey $alias.v .) -}}
{{- $_ := set $alias "v" (index $alias.v .) -}}
{{- else -}}
{{- $_ := unset $alias "v" -}}
{{- end -}}
{{- end -}}
{{- $_ := set $nested "v" (index $nested.v .) -}}
{{- end -}}
{{- if hasKey $alias "v" -}}{{- toJson $alias -}}{{- else -}}{{- toJson $nested -}}{{- end -}}
{{- end -}}

{{- define "sidecar-scanner.namespace" -}}
{{- (include "sidecar-scanner.get" (list . "targetNamespace") | fromJson).v | default .Release.Namespace -}}
{{- end -}}

{{/* Not empty where the chart creates the namespace: it is not that of the release, and nobody else's. */}}
{{- define "sidecar-scanner.ownsNamespace" -}}
{{- $name := include "sidecar-scanner.namespace" . -}}
{{- if and (include "sidecar-scanner.get" (list . "createNamespace") | fromJson).v (ne $name .Release.Namespace) -}}
{{- $there := lookup "v1" "Namespace" "" $name -}}
{{- if not $there -}}yes{{- else -}}
{{- $notes := $there.metadata.annotations | default dict -}}
{{- if and (eq (get $notes "meta.helm.sh/release-name") .Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") .Release.Namespace) -}}yes{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "sidecar-scanner.labels" -}}
{{- dict "app.kubernetes.io/name" .Chart.Name "app.kubernetes.io/instance" .Release.Name "app.kubernetes.io/managed-by" .Release.Service | toJson -}}
{{- end -}}

{{/* A mapping whose values are text, as labels and annotations are: `--set` makes true and 1 of "true" and "1". */}}
{{- define "sidecar-scanner.strings" -}}
{{- $all := dict -}}
{{- range $key, $value := . -}}{{- $_ := set $all $key (toString $value) -}}{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* What finds the test pod of this release, and no other pod. */}}
{{- define "sidecar-scanner.ownPodLabels" -}}
{{- dict "app.kubernetes.io/instance" .Release.Name "app.kubernetes.io/component" "test-pod" | toJson -}}
{{- end -}}

{{- define "sidecar-scanner.testPodLabels" -}}
{{- merge (include "sidecar-scanner.ownPodLabels" . | fromJson) (include "sidecar-scanner.labels" . | fromJson) (include "sidecar-scanner.strings" .Values.testPod.labels | fromJson) | toJson -}}
{{- end -}}

{{/* Names of the pods that the Role is for. */}}
{{- define "sidecar-scanner.names" -}}
{{- $names := (include "sidecar-scanner.get" (list . "rbac" "resourceNames") | fromJson).v -}}
{{- if .Values.testPod.deploy -}}{{- $names = append $names .Values.testPod.name | uniq -}}{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The labels of the pods to be scanned as a selector; empty where labels do not choose. */}}
{{- define "sidecar-scanner.selector" -}}
{{- if (include "sidecar-scanner.get" (list . "rbac" "useLabelSelector") | fromJson).v -}}
{{- $parts := list -}}
{{- range $key, $value := (include "sidecar-scanner.get" (list . "rbac" "podSelectorLabels") | fromJson).v -}}
{{- $parts = append $parts (printf "%s=%v" $key $value) -}}
{{- end -}}
{{- join "," $parts -}}
{{- end -}}
{{- end -}}

{{/*
Which rights the Role grants: image (scan pods of its own), pod (named pods: names come before labels), pod-selector
(all pods of the namespace), none (names are wanted and there are none).
*/}}
{{- define "sidecar-scanner.door" -}}
{{- $names := include "sidecar-scanner.names" . | fromJsonArray -}}
{{- $named := (include "sidecar-scanner.get" (list . "rbac" "useResourceNames") | fromJson).v -}}
{{- $selector := include "sidecar-scanner.selector" . -}}
{{- if and .Values.cronJob.enabled .Values.cronJob.images -}}image
{{- else if not $named -}}pod-selector
{{- else if $names -}}pod
{{- else if $selector -}}pod-selector
{{- else -}}none
{{- end -}}
{{- end -}}

{{/* Not empty where a policy is to hold the ServiceAccount to the labels: named pods are restricted by the Role. */}}
{{- define "sidecar-scanner.enforced" -}}
{{- if and (include "sidecar-scanner.selector" .) (ne (include "sidecar-scanner.door" .) "pod") -}}yes{{- end -}}
{{- end -}}

{{- define "sidecar-scanner.profiles" -}}
{{- .Values.volumes.profiles.configMap.name | default (printf "%s-profiles" .Release.Name) -}}
{{- end -}}

{{- define "sidecar-scanner.thresholds" -}}
{{- .Values.volumes.thresholds.configMap.name | default (printf "%s-thresholds" .Release.Name) -}}
{{- end -}}

{{/* Not empty where results are judged. */}}
{{- define "sidecar-scanner.judges" -}}
{{- if and .Values.results.thresholdEnabled (include "sidecar-scanner.get" (list . "safCli" "enabled") | fromJson).v -}}yes{{- end -}}
{{- end -}}

{{/* The threshold: what is given at the top level replaces the part of the same name. */}}
{{- define "sidecar-scanner.threshold" -}}
{{- $root := . -}}
{{- $all := dict -}}
{{- range list "compliance" "passed" "failed" "skipped" "no_impact" "error" -}}
{{- $part := (include "sidecar-scanner.get" (list $root "safCli" "thresholdConfig" .) | fromJson).v -}}
{{- if $part -}}{{- $_ := set $all . $part -}}{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{- define "sidecar-scanner.scannerImage" -}}
{{- .Values.sidecarScanner.image | default .Values.scanner.image -}}
{{- end -}}

{{- define "sidecar-scanner.scannerResources" -}}
{{- .Values.sidecarScanner.resources | default .Values.scanner.resources | toJson -}}
{{- end -}}

{{- define "sidecar-scanner.shared" -}}
{{- $shared := and .Values.testPod.shareProcessNamespace .Values.sharedProcessNamespace.enabled -}}
{{- if and .Values.sidecarScanner.enabled (not $shared) -}}
{{- fail "testPod.shareProcessNamespace is false: the scanner finds the target through the process namespace. Set it to true, or sidecarScanner.enabled to false" -}}
{{- end -}}
{{- $shared -}}
{{- end -}}

{{- define "sidecar-scanner.nameList" -}}
{{- $all := list -}}
{{- range . -}}{{- $all = append $all (dict "name" .) -}}{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* The number of a custom profile, from 02: the profile the chart carries is the first. */}}
{{- define "sidecar-scanner.customPath" -}}
{{- printf "/custom-profile/%02d_%s" (add 2 (first .) | int) (last .).name -}}
{{- end -}}

{{- define "sidecar-scanner.customMap" -}}
{{- $root := index . 0 -}}{{- $index := index . 1 -}}{{- $profile := index . 2 -}}
{{- if and $profile.configMap $profile.files -}}
{{- fail (printf "profiles.custom: %s has both configMap and files: give one of them" $profile.name) -}}
{{- else if $profile.configMap -}}{{- $profile.configMap -}}
{{- else if $profile.files -}}{{- printf "%s-custom-%d" (include "sidecar-scanner.profiles" $root) $index -}}
{{- else -}}{{- fail (printf "profiles.custom: %s has neither configMap nor files: give one of them" $profile.name) -}}
{{- end -}}
{{- end -}}

{{/* Mappings laid over one another, the last on top. */}}
{{- define "sidecar-scanner.over" -}}
{{- $all := dict -}}
{{- range . -}}{{- range $key, $value := . -}}{{- $_ := set $all $key $value -}}{{- end -}}{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* Not empty where the values have the scanner run as a user other than root. It can read only a target of its own user. */}}
{{- define "sidecar-scanner.unprivileged" -}}
{{- $given := include "sidecar-scanner.over" (list .Values.scanner.securityContext .Values.sidecarScanner.securityContext) | fromJson -}}
{{- if or $given.runAsNonRoot (and (hasKey $given "runAsUser") (ne (int $given.runAsUser) 0)) -}}true{{- end -}}
{{- end -}}

{{/* The user of the test pod, target included, as its security context has it. */}}
{{- define "sidecar-scanner.podUser" -}}
{{- if include "sidecar-scanner.unprivileged" . -}}
{{- pick (include "sidecar-scanner.scannerContext" . | fromJson) "runAsUser" "runAsGroup" "runAsNonRoot" | toJson -}}
{{- else -}}{}{{- end -}}
{{- end -}}
