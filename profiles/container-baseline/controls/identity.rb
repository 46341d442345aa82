# frozen_string_literal: true

# As whom the image runs, where, and what its configuration says besides.

control 'cb-701' do
  impact 0.5
  title 'The image does not run as root'
  desc <<~TEXT
    Whoever takes over a process of root has every right in the container, and is root on the node where a flaw in the
    runtime or the kernel lets it escape.
  TEXT
  desc 'check', <<~TEXT
    Take the user that the image's program is started as. UID 0 is a finding.
  TEXT
  desc 'fix', <<~TEXT
    Create an account and name it by its number, such as `USER 10001:10001`, so that Kubernetes can check it too.
  TEXT
  tag nist: ['AC-6 (10)', 'CM-7 a']
  tag cci: ['CCI-002235', 'CCI-000381']
  tag severity: 'medium'

  answer = container_identity('runs_as_root')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-702' do
  impact 0.3
  title 'The user the image runs as is one of its accounts'
  desc <<~TEXT
    A number without an account has no home and no name: programs fail in unexpected ways, files belong to nobody, and
    no reviewer can say who it is meant to be. An image whose user is a name without an account does not start.
  TEXT
  desc 'check', <<~TEXT
    Take the user that the image's program is started as, and look for its UID in /etc/passwd. Where the image's
    configuration is known, a name in USER must be in /etc/passwd as well.
  TEXT
  desc 'fix', <<~TEXT
    Add the account with `useradd --uid 10001 app`, and name its number in USER.
  TEXT
  tag nist: ['IA-2', 'CM-6 b']
  tag cci: ['CCI-000764', 'CCI-000366']
  tag severity: 'low'

  answer = container_identity('user_without_account')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-703' do
  impact 0.5
  title 'The user the image runs as cannot write the programs of the image'
  desc <<~TEXT
    A process that may change the programs it runs makes every flaw that writes a file one that runs code, and the
    next start runs what was put there.
  TEXT
  desc 'check', <<~TEXT
    Take the user and the groups that the image's program is started as. In the system's program folders, in those of
    PATH, in the folders of the input application_paths and on the image's command line, list the programs that they
    may write or replace. An image that runs as root may write everything: cb-701 reports that, and this control does
    not apply.
  TEXT
  desc 'fix', <<~TEXT
    `COPY --chown=root:root --chmod=0555` for code; give the user folders of its own for data.
  TEXT
  tag nist: ['CM-5 (6)', 'AC-6 (10)']
  tag cci: ['CCI-001499', 'CCI-002235']
  tag severity: 'medium'

  answer = container_identity('writable_programs', paths: input('application_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-704' do
  impact 0.3
  title 'The working folder exists and others may not write it'
  desc <<~TEXT
    Many programs look for settings and modules in the folder they are started in. Others who may write there
    choose what is loaded. The runtime creates a missing folder, with an owner that nobody chose.
  TEXT
  desc 'check', <<~TEXT
    Take the folder that the image's program is started in. It must be in the image and belong to root or to the
    user of the image, and nobody else may write it. An empty folder in a container may be one that the runtime has
    created: the control is skipped then.
  TEXT
  desc 'fix', <<~TEXT
    Create the folder of WORKDIR with the owner it needs, and mode 0755 or less.
  TEXT
  tag nist: ['CM-5 (6)', 'CM-6 b']
  tag cci: ['CCI-001499', 'CCI-000366']
  tag severity: 'low'

  answer = container_identity('working_folder', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-705' do
  impact 0.5
  title 'No port for remote logins is exposed'
  desc <<~TEXT
    A container is changed by building another image, and inspected with the tools of the platform. A port for SSH or
    telnet opens a way in that bypasses both.
  TEXT
  desc 'check', <<~TEXT
    Look for the ports 22 and 23 among the exposed ports of the image's configuration. Kubernetes does not give the
    configuration: the control does not apply there.
  TEXT
  desc 'fix', <<~TEXT
    Remove the EXPOSE line and the server behind it.
  TEXT
  tag nist: ['CM-7 b', 'AC-17 a']
  tag cci: ['CCI-000382', 'CCI-002311']
  tag severity: 'medium'

  answer = container_identity('exposed_ports')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-706' do
  impact 0.3
  title 'The image has a health check, or a reason to have none'
  desc <<~TEXT
    Without a check, a program that hangs counts as running. Kubernetes has probes of its own: that is a good reason
    to have none in the image, and worth saying.
  TEXT
  desc 'check', <<~TEXT
    Look for a health check in the image's configuration. The input no_health_check states the reason to have none.
    The OCI image format has no place for one, and Kubernetes does not give the configuration: the control does not
    apply there.
  TEXT
  desc 'fix', <<~TEXT
    Add a HEALTHCHECK line, or state the reason in the input.
  TEXT
  tag nist: ['SI-6 a', 'CM-6 b']
  tag cci: ['CCI-002696', 'CCI-000366']
  tag severity: 'low'

  answer = container_identity('health_check', reason: input('no_health_check'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-707' do
  impact 0.7
  title 'No secret is in the labels or the command line of the image'
  desc <<~TEXT
    Both are part of the image's configuration, which everybody who may pull the image can read. Every process that
    may list others reads the command line.
  TEXT
  desc 'check', <<~TEXT
    Look in labels, entry point and command of the image's configuration for names that speak of a password, secret,
    token or key and have a value, for keys of known forms, and for URLs with a password. Kubernetes does not give
    the configuration: the control does not apply there.
  TEXT
  desc 'fix', <<~TEXT
    Remove it, change the secret, and mount it as a file at run time.
  TEXT
  tag nist: ['IA-5 (7)', 'SC-28']
  tag cci: ['CCI-004069', 'CCI-001199']
  tag severity: 'high'

  answer = container_identity('configured_secrets')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
