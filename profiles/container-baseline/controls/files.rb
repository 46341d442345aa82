# frozen_string_literal: true

# Modes and owners of files and folders.

control 'cb-201' do
  impact 0.5
  title 'No file is writable by everybody'
  desc <<~TEXT
    A world-writable file lets any process of the container, whatever its user, change what another one reads or
    runs.
  TEXT
  desc 'check', <<~TEXT
    List the regular files with the mode bit o+w, leaving out the input allowed_world_writable.
  TEXT
  desc 'fix', <<~TEXT
    `chmod o-w FILE` in the layer that creates the file.
  TEXT
  tag nist: ['AC-3 (4)', 'CM-6 b']
  tag cci: ['CCI-002165', 'CCI-000366']
  tag severity: 'medium'

  answer = container_files('world_writable_files', allowed: input('allowed_world_writable'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-202' do
  impact 0.5
  title 'Folders writable by everybody have the sticky bit'
  desc <<~TEXT
    Without the sticky bit everybody may rename or delete other users' files in such a folder and put their own in
    place.
  TEXT
  desc 'check', <<~TEXT
    List the folders with mode bit o+w and without the sticky bit, leaving out the input allowed_world_writable.
  TEXT
  desc 'fix', <<~TEXT
    `chmod o-w FOLDER`, or `chmod +t FOLDER` where everybody must write.
  TEXT
  tag nist: ['SC-4', 'AC-3 (4)']
  tag cci: ['CCI-001090', 'CCI-002165']
  tag severity: 'medium'

  answer = container_files('world_writable_folders_without_sticky_bit', allowed: input('allowed_world_writable'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-203' do
  impact 0.7
  title 'Only known programs are setuid or setgid'
  desc <<~TEXT
    A setuid program hands its owner's rights to whoever starts it; a flaw in one of them, or a copied shell, makes
    root of any user of the container.
  TEXT
  desc 'check', <<~TEXT
    List the regular files with mode bit u+s or g+s and compare them with the input allowed_setuid. Paths with and
    without a leading /usr are the same.
  TEXT
  desc 'fix', <<~TEXT
    Remove the package, or take the bit away: `chmod a-s FILE`. A container seldom needs any of them: `find / -xdev
    -perm /6000 -type f -exec chmod a-s {} +`.
  TEXT
  tag nist: ['AC-6 (8)', 'AC-6 (10)']
  tag cci: ['CCI-002233', 'CCI-002235']
  tag severity: 'high'

  answer = container_files('setuid_and_setgid_programs', allowed: input('allowed_setuid'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-204' do
  impact 0.5
  title 'Every file belongs to a user and a group that exist'
  desc <<~TEXT
    A file owned by a number without a name belongs to whoever is given that number next. It mostly comes from a
    build machine's user.
  TEXT
  desc 'check', <<~TEXT
    List the files whose UID or GID has no entry in /etc/passwd or /etc/group, leaving out the input
    allowed_unowned.
  TEXT
  desc 'fix', <<~TEXT
    `COPY --chown=root:root`, or `chown` in the layer that creates the file; or add the account.
  TEXT
  tag nist: ['AC-3 (4)', 'CM-6 b']
  tag cci: ['CCI-002165', 'CCI-000366']
  tag severity: 'medium'

  answer = container_files('files_without_an_owner', allowed: input('allowed_unowned'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-205' do
  impact 0.7
  title 'System folders belong to root and only root may write them'
  desc <<~TEXT
    Whoever may write a folder may replace what is in it, whatever the modes of the files: programs, libraries and
    settings of every user.
  TEXT
  desc 'check', <<~TEXT
    Check the owner and mode of /, /etc, /usr, /bin, /lib, /var and the other system folders that exist.
  TEXT
  desc 'fix', <<~TEXT
    `chown root:root FOLDER && chmod go-w FOLDER`
  TEXT
  tag nist: ['CM-5 (6)', 'AC-3 (4)']
  tag cci: ['CCI-001499', 'CCI-002165']
  tag severity: 'high'

  answer = container_files('system_folders', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-206' do
  impact 0.7
  title 'System programs and libraries belong to root and only root may write them'
  desc <<~TEXT
    A changed library runs in every process that loads it. Only the build of the image should be able to change
    them.
  TEXT
  desc 'check', <<~TEXT
    Check the owner and mode of every file below /bin, /sbin, /lib*, /usr/bin, /usr/sbin, /usr/lib* and /usr/local,
    and of the folders they lie in.
  TEXT
  desc 'fix', <<~TEXT
    `chown root:root FILE && chmod go-w FILE`
  TEXT
  tag nist: ['CM-5 (6)']
  tag cci: ['CCI-001499']
  tag severity: 'high'

  answer = container_files('system_programs', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-207' do
  impact 0.5
  title 'Application programs cannot be changed by the user they run as'
  desc <<~TEXT
    An application that owns its own code can be made to rewrite it: a flaw that writes a file becomes one that runs
    code. Data may belong to the application, programs should not.
  TEXT
  desc 'check', <<~TEXT
    In the folders of the input application_paths, list programs and scripts that are owned by another user than
    those of the input application_owners, or that group or others may write; the same for the folders they lie in.
  TEXT
  desc 'fix', <<~TEXT
    `COPY --chown=root:root --chmod=0555` for code; give the application folders of its own for data.
  TEXT
  tag nist: ['CM-5 (6)', 'AC-6 (10)']
  tag cci: ['CCI-001499', 'CCI-002235']
  tag severity: 'medium'

  answer = container_files('application_programs',
      paths: input('application_paths'), owners: input('application_owners'), max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-208' do
  impact 0.5
  title '/tmp and /var/tmp have mode 1777 and belong to root'
  desc <<~TEXT
    With another mode either programs fail, or users may remove and replace each other's temporary files.
  TEXT
  desc 'check', <<~TEXT
    Check that /tmp and /var/tmp, where the image has them, are 1777 and belong to root.
  TEXT
  desc 'fix', <<~TEXT
    `chown root:root /tmp /var/tmp && chmod 1777 /tmp /var/tmp`
  TEXT
  tag nist: ['SC-4']
  tag cci: ['CCI-001090']
  tag severity: 'medium'

  answer = container_files('temporary_folders', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end

control 'cb-209' do
  impact 0.5
  title 'The image holds no device files'
  desc <<~TEXT
    A device file gives raw access to a disk or to memory where a container is allowed devices. The runtime makes
    the few that are needed in /dev.
  TEXT
  desc 'check', <<~TEXT
    List the block and character devices outside /dev.
  TEXT
  desc 'fix', <<~TEXT
    Remove them in the layer that creates them; do not unpack a whole root file system with its /dev as root.
  TEXT
  tag nist: ['CM-7 a', 'AC-3 (4)']
  tag cci: ['CCI-000381', 'CCI-002165']
  tag severity: 'medium'

  answer = container_files('device_files', max_entries: input('max_entries'))
  only_if(answer.scope, impact: 0.0) { answer.applies? }
  describe(answer) { it { should have_no_findings } }
end
