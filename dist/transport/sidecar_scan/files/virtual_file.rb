# frozen_string_literal: true

require_relative "target_file"

module SidecarScan
  # A file that is presented, not found: regular, root's, readable by all.
  class VirtualFile < TargetFile
    Stat = Struct.new(:size, :mtime) do
      def file?
        true
      end

      %i[directory? symlink? pipe? socket? blockdev? chardev?].each { |question| define_method(question) { false } }

      def ftype
        "file"
      end

      def mode
        0o100444
      end

      def uid
        0
      end
      alias_method :gid, :uid
    end

    def initialize(backend, path, text)
      super(backend, path)
      @content = text
      @entry = @itself_entry = Stat.new(text.bytesize, Time.at(0))
    end

    def source
      self
    end

    def selinux_label
      nil
    end

    private

    def digest(kind)
      kind.hexdigest(@content)
    end
  end
end
