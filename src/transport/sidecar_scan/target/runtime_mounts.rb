# frozen_string_literal: true

module SidecarScan
  # What a container of an image has mounted over the image's files, by /proc/PID/mountinfo: the runtime's (/etc/hosts,
  # /etc/resolv.conf, /dev, …) and the pod's. Only a VOLUME of the image holds the image's own files, as a copy.
  class RuntimeMounts
    # The kernel's own; no command can write there what is believed afterwards.
    KERNEL = %r{\A/(?:proc|sys)(?:/|\z)}.freeze
    DEVICES = %r{\A/dev(?:/|\z)}.freeze
    # Where containerd and podman keep the VOLUMEs of images
    IMAGE_VOLUME = %r{/volumes/\h{64}(?:/_data)?\z}.freeze

    # podman's copies of the image's accounts, with the scan's user added; made where the image has none
    PODMAN_ACCOUNTS = %r{/userdata/(?:passwd|group)\z}.freeze

    def initialize(mountinfo)
      @runtime = {}
      @accounts = {}
      @volumes = {}
      mountinfo.each_line do |line|
        source, folder = line.split(" ").values_at(3, 4).map { |field| field.gsub(/\\(\d{3})/) { Regexp.last_match(1).oct.chr }.b }
        next if folder == "/" || KERNEL.match?(folder)

        of_kind(source)[folder] = true
      end
    end

    # Whether something else than the image is mounted exactly there
    def runtime?(path)
      @runtime.key?(path.b)
    end

    # Whether a path is, or lies below, something else than the image's files
    def over?(path)
      paths.any? { |folder| path == folder || path.start_with?("#{folder}/") }
    end

    # Whether something else than the image's files lies in a folder
    def within?(folder)
      start = "#{folder.chomp("/")}/"
      paths.any? { |path| path.start_with?(start) }
    end

    # Where something else than the image's files is; not the devices, which every container has
    def paths
      @paths ||= (@runtime.keys + @accounts.keys).reject { |path| DEVICES.match?(path) }
    end

    # Whether podman's copy of an account file of the image is mounted there
    def accounts?(path)
      @accounts.key?(path.b)
    end

    # Whether a path is a VOLUME of the image or lies in one
    def volume?(path)
      bytes = path.b
      @volumes.keys.any? { |folder| bytes == folder || bytes.start_with?("#{folder}/") }
    end

    private

    def of_kind(source)
      return @accounts if PODMAN_ACCOUNTS.match?(source)

      IMAGE_VOLUME.match?(source) ? @volumes : @runtime
    end
  end
end
