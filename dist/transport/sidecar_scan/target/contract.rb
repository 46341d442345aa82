# frozen_string_literal: true

module SidecarScan
  # What the rest of the transport asks of a target, whichever kind it is: an image at rest, a container that runs, a container
  # that is held. Every kind has exactly these public methods, so nobody asks which kind it has. What a kind does not have is
  # nil; what it cannot know raises Unavailable. test/transport/unit/contract_test.rb compares the three kinds with this list.
  module Target
    CONTRACT = {
      # The address in the report: rootfs:///folder, proc://PID
      uri: 0,
      # Its process, and that process's entry in /proc; nil at rest
      pid: 0,
      process: 0,
      # Whether the image's own program does not run, by the settings or by what runs in its place
      held?: 1,
      # Raises TargetGone where the target has ended
      alive!: 0,
      # The root that files are read from; that for one path; that in which commands run
      root: 0,
      root_for: 1,
      command_root: 0,
      # A folder of the command root that has files of the image and is mounted separately; nil where there is none
      apart: 0,
      # RuntimeMounts of the command root, whose content is not the image's; nil where there are none, or they are the target's own
      foreign_mounts: 0,
      # /etc/passwd and /etc/group
      accounts: 0,
      # What the engine or the witness says of the image (ImageFacts), and the image's configuration; nil where a process is asked
      facts: 0,
      configuration: 0,
      # Entries NAME=value, and whether they are all that the image gives
      environment: 0,
      environment_known?: 0,
      search_path: 0,
      # Where commands start; the same as an answer to a profile
      working_folder: 0,
      told_working_folder: 0,
      # The user of the process; the user that the image asks for: [UID, GID, GIDs of all groups]
      user_id: 0,
      group_id: 0,
      group_ids: 0,
      image_user: 0,
      # The mount table, the processes of the container, and the path of a file of /proc/PID
      mounts: 0,
      processes: 0,
      proc_path: 1
    }.freeze
  end
end
