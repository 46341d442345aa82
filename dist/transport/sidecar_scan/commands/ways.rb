# frozen_string_literal: true

require_relative "../syscalls"

module SidecarScan
  module Commands
    # Where the paths that commands name lead: links are followed inside the root, up to what is told of. Nothing is opened for reading.
    class Ways
      LINKS = 40
      # Programs, libraries and their settings: what leads there stays so during a scan. Every program asks for the same.
      LASTING = %r{\A/(?:usr|lib\w*|s?bin|opt|etc)/}n.freeze
      MOST_KEPT = 1024

      attr_reader :mounts

      # `root`: the descriptor of the root. `mounts`: paths that are not the image's, besides the runtime's folders.
      def initialize(root, mounts)
        @root_descriptor = root
        @root = "/proc/self/fd/#{root}"
        @mounts = mounts
        @told = %r{\A/(?:#{["proc", "sys", "dev", *mounts.map { |path| Regexp.escape(path.delete_prefix("/")) }].join("|")})(?:/|\z)}n
        @kept = { true => {}, false => {} }
      end

      # Whether a path is not surely the image's
      def told?(path)
        @told.match?(path)
      end

      # `follow`: also where the last name is a link.
      def resolved(path, follow)
        kept = @kept[follow]
        kept[path] || found(path, follow).tap { |way| kept[path] = way if kept.size < MOST_KEPT && [path, way].all?(LASTING) }
      end

      private

      def found(path, follow)
        plain = File.expand_path(path).squeeze("/")
        told?(plain) || Syscalls.direct?(@root_descriptor, path, !follow) ? plain : walked(path.split("/"), follow)
      rescue SystemCallError, ArgumentError
        plain || path
      end

      def walked(names, follow)
        done = "/"
        links = 0
        until names.empty?
          done = File.expand_path("./#{names.shift}", done)
          return File.join(done, *names) if told?(done)
          next unless (follow || names.any?) && links < LINKS && File.symlink?(@root + done)

          links += 1
          text = File.readlink(@root + done).b
          names = text.split("/") + names
          done = text.start_with?("/") ? "/" : File.dirname(done)
        end
        done
      end
    end
  end
end
