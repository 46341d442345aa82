# frozen_string_literal: true

# The release, what it trusts, and what decides which code runs.

control 'cb-501' do
  impact 0.7
  title 'The distribution release still gets security updates'
  desc <<~TEXT
    Flaws found after the end of support stay open for ever in images built on that release.
  TEXT
  desc 'check', <<~TEXT
    Read ID and VERSION_ID of /etc/os-release and compare the date with files/releases.yml or the input
    release_end_of_life. A release that neither of them names is skipped, not passed. Rolling releases have no end.
  TEXT
  desc 'fix', <<~TEXT
    Build on a supported release.
  TEXT
  tag nist: ['SA-22 a', 'SI-2 c']
  tag cci: ['CCI-003376', 'CCI-002605']
  tag severity: 'high'

  answer = container_release('end_of_life',
      table: inspec.profile.file('releases.yml'),
      overrides: input('release_end_of_life'), today: input('today'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-502' do
  impact 0.7
  title 'The trusted certificate authorities are sound'
  desc <<~TEXT
    Whoever controls one authority in the bundle can pose as any TLS server to the programs of the image. Proxies
    for testing leave theirs behind.
  TEXT
  desc 'check', <<~TEXT
    Check that the CA bundle belongs to root, is writable by root only, and holds readable certificates that are not
    all expired and no private key; and that no authority was added locally beyond the input
    allowed_certificate_authorities.
  TEXT
  desc 'fix', <<~TEXT
    Reinstall ca-certificates, remove local additions and run `update-ca-certificates` or `update-ca-trust`.
  TEXT
  tag nist: ['SC-23 (5)', 'CM-5 (6)']
  tag cci: ['CCI-002470', 'CCI-001499']
  tag severity: 'high'

  answer = container_trust('certificate_authorities',
      allowed: input('allowed_certificate_authorities'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-503' do
  impact 0.5
  title 'PATH names absolute folders that only root may write'
  desc <<~TEXT
    An empty or relative entry means the working directory: a file put there runs instead of the system's program.
    So does one in a folder that others may write.
  TEXT
  desc 'check', <<~TEXT
    Take PATH from the environment the target was started with, and check each entry: absolute, and where it exists
    owned by root and not writable by others.
  TEXT
  desc 'fix', <<~TEXT
    Set `ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, and correct the folders.
  TEXT
  tag nist: ['CM-6 b', 'CM-5 (6)']
  tag cci: ['CCI-000366', 'CCI-001499']
  tag severity: 'medium'

  answer = container_runtime('search_path')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-504' do
  impact 0.5
  title 'No environment variable injects code into programs'
  desc <<~TEXT
    LD_PRELOAD, LD_AUDIT, BASH_ENV, PERL5OPT and their kind make programs load code their authors did not choose, in
    every process of the container.
  TEXT
  desc 'check', <<~TEXT
    Look in the environment the target was started with for these variables, leaving out the input
    allowed_environment_injectors, and for empty, relative or writable entries of LD_LIBRARY_PATH.
  TEXT
  desc 'fix', <<~TEXT
    Remove the ENV lines; name a library that is meant (an allocator, say) in the input.
  TEXT
  tag nist: ['CM-6 b', 'CM-7 a']
  tag cci: ['CCI-000366', 'CCI-000381']
  tag severity: 'medium'

  answer = container_runtime('loader_variables', allowed: input('allowed_environment_injectors'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-505' do
  impact 0.7
  title 'The dynamic loader loads nothing extra and searches safe folders only'
  desc <<~TEXT
    A line in /etc/ld.so.preload puts a library into every program, setuid ones too: the classic hiding place of
    rootkits. A library folder that others may write does the same.
  TEXT
  desc 'check', <<~TEXT
    Check that /etc/ld.so.preload is absent or empty, leaving out the input allowed_environment_injectors, and that
    folders named by /etc/ld.so.conf belong to root and are not writable by others.
  TEXT
  desc 'fix', <<~TEXT
    Empty or remove /etc/ld.so.preload; correct the folders.
  TEXT
  tag nist: ['CM-5 (6)', 'CM-6 b']
  tag cci: ['CCI-001499', 'CCI-000366']
  tag severity: 'high'

  answer = container_runtime('loader_configuration',
      allowed: input('allowed_environment_injectors'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-506' do
  impact 0.3
  title 'Names are looked up in the image\'s own files first'
  desc <<~TEXT
    Accounts or hosts answered by a network before the local files can be made up by that network. localhost must
    stay local.
  TEXT
  desc 'check', <<~TEXT
    Check that /etc/nsswitch.conf begins passwd, group and hosts with files, that /etc/hosts maps localhost to a
    loopback address, and that root owns both. Files that the runtime mounts into the container are not the image's
    and are left out.
  TEXT
  desc 'fix', <<~TEXT
    Restore the distribution's /etc/nsswitch.conf and /etc/hosts; both root:root and 0644.
  TEXT
  tag nist: ['CM-6 b', 'AC-3 (4)']
  tag cci: ['CCI-000366', 'CCI-002165']
  tag severity: 'low'

  answer = container_runtime('name_services', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
