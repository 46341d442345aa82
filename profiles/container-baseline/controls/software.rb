# frozen_string_literal: true

# Programs and leftovers that an image can do without.

control 'cb-401' do
  impact 0.3
  title 'Package caches and indexes are not part of the image'
  desc <<~TEXT
    They are dead weight, date the image's idea of its sources, and help whoever gets in to install more.
  TEXT
  desc 'check', <<~TEXT
    Look for files in the caches and index folders of apt, dnf, yum, zypper and apk, and in the caches of pip, npm,
    Maven, Go, cargo and others in home folders.
  TEXT
  desc 'fix', <<~TEXT
    In the same RUN line: `apt-get clean && rm -rf /var/lib/apt/lists/*`, `dnf clean all`, `apk add --no-cache`,
    `pip install --no-cache-dir`; or use `RUN --mount=type=cache`.
  TEXT
  tag nist: ['CM-7 a', 'SI-2 (6)']
  tag cci: ['CCI-000381', 'CCI-002617']
  tag severity: 'low'

  answer = container_software('package_caches', allowed: input('allowed_leftovers'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-402' do
  impact 0.3
  title 'A production image has no package manager'
  desc <<~TEXT
    A container is replaced, not updated in place. A package manager in it is a tool to bring more software in, for
    whoever gets in.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    apt, dpkg, dnf, yum, rpm, apk, pip, npm and their kind. Does not apply where the input production_image is
    false.
  TEXT
  desc 'fix', <<~TEXT
    Build in one stage and copy the result into an image without a package manager (distroless, scratch).
  TEXT
  tag nist: ['CM-7 a', 'CM-7 (5) (b)']
  tag cci: ['CCI-000381', 'CCI-001774']
  tag severity: 'low'

  answer = container_software('package_managers', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if('The input production_image is false', impact: 0.0) { input('production_image') }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-403' do
  impact 0.3
  title 'A production image has no shell'
  desc <<~TEXT
    Most attacks on a container end in a shell. Without one, command injection and stolen footholds are of little
    use.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    sh, bash, ash, zsh and their kind. Does not apply where the input production_image is false.
  TEXT
  desc 'fix', <<~TEXT
    Build on an image without a shell (distroless, scratch) and start the program itself: `ENTRYPOINT ["/app"]`.
  TEXT
  tag nist: ['CM-7 a']
  tag cci: ['CCI-000381']
  tag severity: 'low'

  answer = container_software('shells', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if('The input production_image is false', impact: 0.0) { input('production_image') }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-404' do
  impact 0.5
  title 'A production image has no compilers and build tools'
  desc <<~TEXT
    With a compiler an attacker builds what is needed on the spot, matched to the system.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    gcc, clang, ld, make, cmake, go, javac, rustc and their kind. Does not apply where the input production_image is
    false.
  TEXT
  desc 'fix', <<~TEXT
    Compile in a build stage; purge build packages such as build-essential in the same RUN line.
  TEXT
  tag nist: ['CM-7 a']
  tag cci: ['CCI-000381']
  tag severity: 'medium'

  answer = container_software('compilers', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if('The input production_image is false', impact: 0.0) { input('production_image') }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-405' do
  impact 0.5
  title 'A production image has no debuggers and network tools'
  desc <<~TEXT
    Debuggers read other processes' memory; netcat, nmap, socat and tcpdump map the network and carry data out.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    gdb, strace, perf, nc, nmap, socat, tcpdump, telnet and their kind. Does not apply where the input
    production_image is false.
  TEXT
  desc 'fix', <<~TEXT
    Remove the packages and use an ephemeral debug container (`kubectl debug`) when one is needed.
  TEXT
  tag nist: ['CM-7 a']
  tag cci: ['CCI-000381']
  tag severity: 'medium'

  answer = container_software('debuggers', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if('The input production_image is false', impact: 0.0) { input('production_image') }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-406' do
  impact 0.7
  title 'The image has no SSH server'
  desc <<~TEXT
    A container is reached through its runtime, which authenticates and logs. An SSH server is a second door with
    keys of its own, one more listening process, and in need of updates.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    sshd, dropbear and their kind.
  TEXT
  desc 'fix', <<~TEXT
    Remove openssh-server or dropbear; use `kubectl exec` or `kubectl debug`.
  TEXT
  tag nist: ['CM-7 b', 'CM-7 a']
  tag cci: ['CCI-000382', 'CCI-000381']
  tag severity: 'high'

  answer = container_software('ssh_servers', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-407' do
  impact 0.7
  title 'The image has no legacy network daemons'
  desc <<~TEXT
    Telnet, FTP, rsh, TFTP, RPC, SNMP, NIS and their kind send passwords in the clear or answer anybody, and belong
    on no container network.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    telnetd, ftpd, inetd, rpcbind, snmpd, smbd, rsyncd and their kind. An image made for one of these services names
    it in the input allowed_programs.
  TEXT
  desc 'fix', <<~TEXT
    Remove the package, and publish the service in a protocol that encrypts and authenticates.
  TEXT
  tag nist: ['CM-7 b']
  tag cci: ['CCI-000382']
  tag severity: 'high'

  answer = container_software('network_daemons', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-408' do
  impact 0.7
  title 'The image has no sudo, doas or pkexec, and no rule without a password'
  desc <<~TEXT
    A container runs as one user. A way to become root inside it, above all one without a password, undoes that
    choice.
  TEXT
  desc 'check', <<~TEXT
    Look in the folders named bin, sbin and libexec, outside of those for data such as /home, /root and /var, for
    sudo, doas and pkexec, and in their rules for NOPASSWD and nopass.
  TEXT
  desc 'fix', <<~TEXT
    Remove the package and its rules; run the container as the user it needs (`USER`), or do what needs root at
    build time.
  TEXT
  tag nist: ['AC-6 (8)', 'AC-6 (10)']
  tag cci: ['CCI-002233', 'CCI-002235']
  tag severity: 'high'

  answer = container_software('privilege_tools', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-409' do
  impact 0.3
  title 'The image runs no scheduled jobs'
  desc <<~TEXT
    A container has one job. Jobs started by a cron daemon inside it run unseen by the cluster, and are a place to
    hide code that comes back.
  TEXT
  desc 'check', <<~TEXT
    Look for jobs in /etc/cron*, /etc/crontabs, /etc/periodic and /var/spool/cron. Jobs that packages brought count
    only where the image has a daemon to run them.
  TEXT
  desc 'fix', <<~TEXT
    Remove the daemon and the jobs; use a Kubernetes CronJob.
  TEXT
  tag nist: ['CM-7 a']
  tag cci: ['CCI-000381']
  tag severity: 'low'

  answer = container_software('scheduled_jobs', allowed: input('allowed_programs'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-410' do
  impact 0.3
  title 'No temporary files, logs and core dumps are part of the image'
  desc <<~TEXT
    What a build leaves in /tmp and /var/log tells about the build, and now and then holds its secrets. A core dump
    is a copy of a process's memory.
  TEXT
  desc 'check', <<~TEXT
    Look for files with content in /tmp and /var/tmp, for logs in /var/log, and for core dumps, leaving out the
    input allowed_leftovers.
  TEXT
  desc 'fix', <<~TEXT
    Remove them in the RUN line that makes them: `rm -rf /tmp/* /var/tmp/* /var/log/*.log`.
  TEXT
  tag nist: ['CM-7 a', 'SC-4']
  tag cci: ['CCI-000381', 'CCI-001090']
  tag severity: 'low'

  answer = container_software('leftovers', allowed: input('allowed_leftovers'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
