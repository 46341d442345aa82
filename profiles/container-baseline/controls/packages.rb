# frozen_string_literal: true

# Package databases, contents and sources.

control 'cb-601' do
  impact 0.3
  title 'The package database is whole'
  desc <<~TEXT
    Vulnerability scanners and auditors ask the package database what is installed. One that is empty, cut off or
    half-configured makes them report too little.
  TEXT
  desc 'check', <<~TEXT
    Check that every package of dpkg is installed and configured, every entry of apk has a name and a version, and
    the database of rpm is whole.
  TEXT
  desc 'fix', <<~TEXT
    Repair the installation (`dpkg --configure -a`, `apk fix`, `rpm --rebuilddb`), and do not delete the database to
    save space.
  TEXT
  tag nist: ['CM-6 b', 'SI-7 (1)']
  tag cci: ['CCI-000366', 'CCI-002710']
  tag severity: 'low'

  answer = container_packages('package_database', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-602' do
  impact 0.7
  title 'Installed programs are what their packages brought'
  desc <<~TEXT
    A program that differs from its package was replaced: by a build step, which no update will correct, or by
    somebody else.
  TEXT
  desc 'check', <<~TEXT
    Compare programs and libraries with the digests kept by dpkg (md5sums) or apk (SHA-1); on RPM images run the
    image's own `rpm -Va` where commands can be run. Files that a slim image has dropped are no findings.
  TEXT
  desc 'fix', <<~TEXT
    Reinstall the package, or install replacements under /usr/local.
  TEXT
  tag nist: ['SI-7 (1)', 'CM-5 (6)']
  tag cci: ['CCI-002710', 'CCI-001499']
  tag severity: 'high'

  answer = container_packages('changed_programs',
      max_file_bytes: input('max_digest_file_bytes'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-603' do
  impact 0.7
  title 'Package sources check signatures'
  desc <<~TEXT
    Without signatures, whoever is between the build and the mirror chooses what gets installed, in this image and
    in all that are built on it.
  TEXT
  desc 'check', <<~TEXT
    Look in the sources of apt for trusted=yes and allow-insecure=yes, in its settings for AllowUnauthenticated and
    AllowInsecureRepositories, in yum and dnf files for gpgcheck=0; and check that apk has a key.
  TEXT
  desc 'fix', <<~TEXT
    Remove the setting and install the key of the source.
  TEXT
  tag nist: ['CM-14']
  tag cci: ['CCI-003992']
  tag severity: 'high'

  answer = container_packages('package_sources', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
