{{- define "sidecar-scanner.scannerContext" -}}
{{- if include "sidecar-scanner.unprivileged" . -}}
{{- include "sidecar-scanner.over" (list ("{\"seccompProfile\":{\"type\":\"RuntimeDefault\"},\"runAsUser\":10001,\"runAsGroup\":10001,\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]},\"readOnlyRootFilesystem\":true}" | fromJson) .Values.scanner.securityContext .Values.sidecarScanner.securityContext) | fromJson | toJson -}}
{{- else -}}
{{- include "sidecar-scanner.over" (list ("{\"seccompProfile\":{\"type\":\"RuntimeDefault\"},\"runAsNonRoot\":false,\"runAsUser\":0,\"runAsGroup\":0,\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,\"capabilities\":{\"add\":[\"MKNOD\"]}}" | fromJson) .Values.scanner.securityContext .Values.sidecarScanner.securityContext) | fromJson | toJson -}}
{{- end -}}
{{- end -}}
