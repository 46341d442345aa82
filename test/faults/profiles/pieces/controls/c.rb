# frozen_string_literal: true

# An error whose line is written bit by bit, as Ruby writes its own.
['an error ', 'told in ', "pieces\n"].each do |piece|
  $stderr.write(piece)
  $stderr.flush
  sleep 0.3
end
exit!(1)
