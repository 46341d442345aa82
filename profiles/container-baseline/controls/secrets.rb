# frozen_string_literal: true

# Secrets left behind.

control 'cb-301' do
  impact 0.9
  title 'No private key is part of the image'
  desc <<~TEXT
    Everybody who may pull the image has the key, and every container shares it. It cannot be withdrawn from copies
    already made, nor by deleting the file in a later layer.
  TEXT
  desc 'check', <<~TEXT
    Search the text of files up to max_scan_file_bytes for PEM private keys, and the tree for key stores (.p12,
    .pfx, .jks, .keystore, .ppk).
  TEXT
  desc 'fix', <<~TEXT
    Replace the key, remove it from the build, and hand the new one over at run time, by a Secret or a mounted
    volume. In builds use `RUN --mount=type=secret`.
  TEXT
  tag nist: ['IA-5 (2) (a) (1)', 'IA-5 (7)', 'SC-28']
  tag cci: ['CCI-000186', 'CCI-004069', 'CCI-001199']
  tag severity: 'critical'

  answer = container_secrets('private_keys',
      allowed: input('allowed_secret_paths'), max_entries: input('max_entries'),
      excluded: input('secret_scan_excluded'),
      max_file_bytes: input('max_scan_file_bytes'), max_total_bytes: input('max_scan_bytes'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-302' do
  impact 0.9
  title 'No cloud or service token is part of the image'
  desc <<~TEXT
    Access keys and tokens work from anywhere until somebody revokes them, and are found in published images by
    machines within minutes.
  TEXT
  desc 'check', <<~TEXT
    Search the text of files up to max_scan_file_bytes for the forms of AWS, GitHub, GitLab, Slack, Google, npm and
    Stripe keys.
  TEXT
  desc 'fix', <<~TEXT
    Revoke the key, remove it from the build, and hand it over at run time. In builds use `RUN --mount=type=secret`.
  TEXT
  tag nist: ['IA-5 (7)', 'SC-28']
  tag cci: ['CCI-004069', 'CCI-001199']
  tag severity: 'critical'

  answer = container_secrets('access_keys',
      allowed: input('allowed_secret_paths'), max_entries: input('max_entries'),
      excluded: input('secret_scan_excluded'),
      max_file_bytes: input('max_scan_file_bytes'), max_total_bytes: input('max_scan_bytes'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-303' do
  impact 0.7
  title 'No credential file of a tool is part of the image'
  desc <<~TEXT
    .netrc, .pgpass, .git-credentials, .docker/config.json, kubeconfig and their kind hold passwords in plain text;
    builds leave them behind when they fetch private sources.
  TEXT
  desc 'check', <<~TEXT
    Look for the credential files of common tools and, where the name alone proves nothing, for a credential in
    them.
  TEXT
  desc 'fix', <<~TEXT
    Remove the file in the layer that creates it, change the credential, and use `RUN --mount=type=secret` in
    builds.
  TEXT
  tag nist: ['IA-5 (7)', 'SC-28']
  tag cci: ['CCI-004069', 'CCI-001199']
  tag severity: 'high'

  answer = container_secrets('credential_files', allowed: input('allowed_secret_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-304' do
  impact 0.7
  title 'No .env file with secrets is part of the image'
  desc <<~TEXT
    A .env file is made for one developer's machine; `COPY . .` takes it along, with database passwords and keys.
  TEXT
  desc 'check', <<~TEXT
    Look for files named .env or .env.* (not .example, .sample, .template) that set a password, secret, token or
    key, or hold a URL with a password.
  TEXT
  desc 'fix', <<~TEXT
    Add `.env*` to .dockerignore, change the secrets, and set them at run time.
  TEXT
  tag nist: ['IA-5 (7)', 'SC-28']
  tag cci: ['CCI-004069', 'CCI-001199']
  tag severity: 'high'

  answer = container_secrets('environment_files', allowed: input('allowed_secret_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-305' do
  impact 0.7
  title 'No SSH key is part of the image'
  desc <<~TEXT
    Host keys in an image are the same in all of its containers, so nobody can tell them from an impostor; user keys
    open other machines; authorized_keys lets their owners in.
  TEXT
  desc 'check', <<~TEXT
    Look for ssh_host_*_key, id_rsa, id_ed25519 and the like, files .ssh/id_*, and authorized_keys.
  TEXT
  desc 'fix', <<~TEXT
    Remove the files; use `RUN --mount=type=ssh` in builds; make host keys at first start.
  TEXT
  tag nist: ['IA-5 (2) (a) (1)', 'IA-5 (7)']
  tag cci: ['CCI-000186', 'CCI-004069']
  tag severity: 'high'

  answer = container_secrets('ssh_keys', allowed: input('allowed_secret_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-306' do
  impact 0.3
  title 'No command history is part of the image'
  desc <<~TEXT
    Histories of shells and database clients hold what was typed, passwords included, and tell how the image was put
    together by hand.
  TEXT
  desc 'check', <<~TEXT
    Look for .bash_history, .ash_history, .psql_history, .python_history, .viminfo and their kind with content.
  TEXT
  desc 'fix', <<~TEXT
    Remove the files and build images from a file, not by committing a container.
  TEXT
  tag nist: ['SC-28', 'CM-7 a']
  tag cci: ['CCI-001199', 'CCI-000381']
  tag severity: 'low'

  answer = container_secrets('histories', allowed: input('allowed_secret_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-307' do
  impact 0.5
  title 'No version control folder is part of the image'
  desc <<~TEXT
    A .git folder holds every earlier state of the sources: removed secrets, internal names, and often a URL with a
    token in its config.
  TEXT
  desc 'check', <<~TEXT
    Look for folders named .git, .hg, .svn, .bzr and CVS.
  TEXT
  desc 'fix', <<~TEXT
    Add `.git` to .dockerignore, or copy only what is needed.
  TEXT
  tag nist: ['CM-7 a', 'SC-28']
  tag cci: ['CCI-000381', 'CCI-001199']
  tag severity: 'medium'

  answer = container_secrets('version_control_folders', allowed: input('allowed_secret_paths'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-308' do
  impact 0.7
  title 'No secret is set in the environment of the image'
  desc <<~TEXT
    ENV and ARG values are part of the image's configuration, shown by `docker inspect`, inherited by every process
    and written into crash reports.
  TEXT
  desc 'check', <<~TEXT
    Look in the environment the target was started with for variables whose names speak of a password, secret, token
    or key and that have a value, leaving out the input allowed_environment_secrets. Names ending in _FILE, _PATH,
    _URL point to a secret and are left out.
  TEXT
  desc 'fix', <<~TEXT
    Remove the ENV line, change the secret, and hand it over at run time as a file.
  TEXT
  tag nist: ['IA-5 (7)', 'SC-28']
  tag cci: ['CCI-004069', 'CCI-001199']
  tag severity: 'high'

  answer = container_secrets('environment_secrets', allowed: input('allowed_environment_secrets'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
