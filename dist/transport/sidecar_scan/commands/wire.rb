# frozen_string_literal: true

module SidecarScan
  module Commands
    # What the scanner and the process that starts commands tell each other through a socket: numbers of a fixed size and
    # bytes behind their length. Nothing in it is code or an object, so whoever might write into it can at most break it.
    module Wire
      START = "S"
      STOP = "K"
      # Answers: number of the command, kind, value
      REPLY = "L<L<l<"
      REPLY_BYTES = 12
      STARTED = 1 # value: process ID
      ENDED = 2 # value: exit status; no process of the command is left
      LEFT = 3 # value: exit status; processes of the command are left
      CLEAN = 4 # they are gone
      STUCK = 5 # they cannot be ended

      module_function

      def start(texts)
        body = texts.map { |text| [text.bytesize].pack("L<") << text.b }.join
        START.b << [body.bytesize].pack("L<") << body
      end

      def stop(number)
        STOP.b << [number].pack("L<")
      end

      def reply(number, kind, value)
        [number, kind, value].pack(REPLY)
      end

      # The texts of a start, read behind its first byte; nil where the other side has ended. Unbuffered: descriptors follow.
      def receive_texts(socket)
        size = exactly(socket, 4) or return nil
        body = exactly(socket, size.unpack1("L<")) or return nil
        texts = []
        offset = 0
        while offset < body.bytesize
          length = body.byteslice(offset, 4).unpack1("L<")
          texts << body.byteslice(offset + 4, length)
          offset += 4 + length
        end
        texts
      end

      # nil where the other side has ended
      def exactly(socket, size)
        bytes = String.new(encoding: Encoding::BINARY)
        while bytes.bytesize < size
          part = socket.recv(size - bytes.bytesize)
          return nil if part.nil? || part.empty?

          bytes << part
        end
        bytes
      end
    end
  end
end
