# Writes the orders for a picture tool: sixty small cards, and a sheet with all of them.
for i in $(seq 60); do
  echo "convert -size 64x48 gradient:rgb($((i * 4)),80,200)-white -rotate $((i * 6)) -resize 40x40 -blur 2x1 -normalize card$i.png"
done
echo "montage card*.png -tile 10x -geometry +2+2 sheet.jpg"
