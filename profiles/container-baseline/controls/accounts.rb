# frozen_string_literal: true

# Accounts, groups and passwords.

control 'cb-101' do
  impact 0.9
  title 'Only root has UID 0'
  desc <<~TEXT
    The kernel knows users by number: a second account with UID 0 is root under another name. It is missed by rules
    and logs that look for "root", and its password is seldom watched.
  TEXT
  desc 'check', <<~TEXT
    List the entries of /etc/passwd whose third field is 0. Any name but root is a finding.
  TEXT
  desc 'fix', <<~TEXT
    Give the account a UID of its own, or remove it with `userdel` before the image is published.
  TEXT
  tag nist: ['AC-6 (10)', 'IA-2']
  tag cci: ['CCI-002235', 'CCI-000764']
  tag severity: 'critical'

  answer = container_accounts('accounts_with_uid_0')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-102' do
  impact 0.5
  title 'Account names and UIDs are unique'
  desc <<~TEXT
    Two accounts with one UID own each other's files and cannot be told apart in any log; of two accounts with one
    name only the first is ever used, which hides the second from review.
  TEXT
  desc 'check', <<~TEXT
    Look in /etc/passwd for a first or third field that occurs more than once.
  TEXT
  desc 'fix', <<~TEXT
    Renumber or remove the accounts named in the result and correct the owners of their files.
  TEXT
  tag nist: ['IA-2']
  tag cci: ['CCI-000764']
  tag severity: 'medium'

  answer = container_accounts('duplicate_accounts')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-103' do
  impact 0.5
  title 'Group names and GIDs are unique'
  desc <<~TEXT
    Groups that share a GID share every right given to either. A member of the harmless one gets into the other's
    files.
  TEXT
  desc 'check', <<~TEXT
    Look in /etc/group for a first or third field that occurs more than once.
  TEXT
  desc 'fix', <<~TEXT
    Renumber or remove the groups named in the result.
  TEXT
  tag nist: ['IA-2']
  tag cci: ['CCI-000764']
  tag severity: 'medium'

  answer = container_accounts('duplicate_groups')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-104' do
  impact 0.3
  title 'The account files agree with each other'
  desc <<~TEXT
    A malformed line ends the reading of these files in some programs and not in others; a primary group that does
    not exist can be created later by somebody else, with the account as a member; a legacy "+" entry asks a network
    for more accounts.
  TEXT
  desc 'check', <<~TEXT
    Check that every line of /etc/passwd has seven and of /etc/group four fields, every primary group and group
    member exists, no entry starts with + or -, and /etc/passwd and /etc/shadow name the same accounts.
  TEXT
  desc 'fix', <<~TEXT
    Correct the lines named in the result; `pwck -r` and `grpck -r` explain them.
  TEXT
  tag nist: ['CM-6 b', 'IA-2']
  tag cci: ['CCI-000366', 'CCI-000764']
  tag severity: 'low'

  answer = container_accounts('inconsistent_accounts')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-105' do
  impact 0.5
  title 'System accounts have no login shell'
  desc <<~TEXT
    System accounts exist to own files and processes. With a shell they can be entered by `su`, by SSH or by a
    scheduled job once an attacker has any hold on them.
  TEXT
  desc 'check', <<~TEXT
    List the accounts with a UID from 1 to 999 or 65534 whose shell exists in the image and is not nologin, false or
    the like. Accounts in the input allowed_login_accounts are left out.
  TEXT
  desc 'fix', <<~TEXT
    `usermod -s /usr/sbin/nologin NAME`, or remove the account.
  TEXT
  tag nist: ['AC-6 (10)', 'CM-7 a']
  tag cci: ['CCI-002235', 'CCI-000381']
  tag severity: 'medium'

  answer = container_accounts('system_accounts_with_a_login_shell', allowed: input('allowed_login_accounts'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-106' do
  impact 0.9
  title 'No account has an empty password'
  desc <<~TEXT
    An empty password field lets anybody log in or `su` to the account, root included, and every container of the
    image has it.
  TEXT
  desc 'check', <<~TEXT
    Look in /etc/passwd and /etc/shadow for an empty second field.
  TEXT
  desc 'fix', <<~TEXT
    Lock the account: `passwd -l NAME`, which writes ! into the field.
  TEXT
  tag nist: ['IA-5 (1) (d)', 'CM-6 b']
  tag cci: ['CCI-004062', 'CCI-000366']
  tag severity: 'critical'

  answer = container_accounts('accounts_with_an_empty_password')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-107' do
  impact 0.7
  title 'No password hash is part of the image'
  desc <<~TEXT
    An image is copied to every node and registry it passes. A hash in it can be attacked offline by all who may
    pull it, and the same password then opens every container made from it.
  TEXT
  desc 'check', <<~TEXT
    Look in /etc/passwd, /etc/shadow and /etc/gshadow for a second field that is neither locked (! or *) nor empty.
    Accounts in the input allowed_password_accounts are left out.
  TEXT
  desc 'fix', <<~TEXT
    Lock the account: `passwd -l NAME` and delete the hash, or `usermod -p "*" NAME`. Give people other ways in at
    run time.
  TEXT
  tag nist: ['IA-5 (7)', 'IA-5 (1) (d)']
  tag cci: ['CCI-004069', 'CCI-004062']
  tag severity: 'high'

  answer = container_accounts('accounts_with_a_password_hash', allowed: input('allowed_password_accounts'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-108' do
  impact 0.5
  title '/etc/passwd and /etc/group belong to root and only root may write them'
  desc <<~TEXT
    Whoever may write these files may add an account with UID 0.
  TEXT
  desc 'check', <<~TEXT
    Check that both files belong to root:root and are 0644 or stricter.
  TEXT
  desc 'fix', <<~TEXT
    `chown root:root /etc/passwd /etc/group && chmod 0644 /etc/passwd /etc/group`
  TEXT
  tag nist: ['AC-3 (4)', 'AC-6 (10)']
  tag cci: ['CCI-002165', 'CCI-002235']
  tag severity: 'medium'

  answer = container_accounts('account_file_modes')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-109' do
  impact 0.7
  title '/etc/shadow and its relatives are closed to ordinary users'
  desc <<~TEXT
    Readable password files can be copied and attacked offline; writable ones can simply be changed.
  TEXT
  desc 'check', <<~TEXT
    Check that /etc/shadow, /etc/gshadow and their backups belong to root, to the group root or shadow, and are 0640
    or stricter.
  TEXT
  desc 'fix', <<~TEXT
    `chown root:shadow /etc/shadow /etc/gshadow && chmod 0640 /etc/shadow /etc/gshadow` (root:root and 0000 on RPM
    systems); remove the backups.
  TEXT
  tag nist: ['AC-3 (4)', 'IA-5 (1) (d)']
  tag cci: ['CCI-002165', 'CCI-004062']
  tag severity: 'high'

  answer = container_accounts('shadow_file_modes')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-110' do
  impact 0.3
  title 'Home folders belong to their accounts and are closed to writing by others'
  desc <<~TEXT
    Start-up files in a home folder run with the rights of its account: who may write there runs code as that
    account. What root keeps at home is nobody else's to read.
  TEXT
  desc 'check', <<~TEXT
    For root and every account with a UID of 1000 or more whose home folder exists, check that it belongs to that
    account or root, and that neither group nor others may write. The home of root may not be readable by others.
  TEXT
  desc 'fix', <<~TEXT
    `chown NAME HOME && chmod go-w HOME`; `chmod 0700 /root`.
  TEXT
  tag nist: ['AC-3 (4)', 'AC-6 (10)']
  tag cci: ['CCI-002165', 'CCI-002235']
  tag severity: 'low'

  answer = container_accounts('home_folders')
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
